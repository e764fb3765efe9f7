// Builds delivery URLs. The argument names a JSON file: {cname, calls: [{builder, call, options,
// source}, …]}. `call` is JavaScript in which `image` is a picture of @cloudinary/url-gen;
// `options` are those of the Node SDK's `url`. Printed: the URLs, or why a builder made none, and
// the functions that @cloudinary/url-gen exports: {urls: […], exports: {Effect: ["blur", …], …}}.
const { readFileSync } = require("node:fs");

const cloudinary = require("cloudinary").v2;
const { Cloudinary, Transformation } = require("@cloudinary/url-gen");

const path = "@cloudinary/url-gen";
const ACTIONS = {
  Adjust: "adjust",
  Animated: "animated",
  Border: "border",
  Conditional: "conditional",
  CustomFunction: "customFunction",
  Delivery: "delivery",
  Effect: "effect",
  Extract: "extract",
  NamedTransformation: "namedTransformation",
  Overlay: "overlay",
  PSDTools: "psdTools",
  Reshape: "reshape",
  Resize: "resize",
  Rotate: "rotate",
  RoundCorners: "roundCorners",
  Transcode: "transcode",
  Underlay: "underlay",
  Variable: "variable",
  VideoEdit: "videoEdit",
};
const QUALIFIERS = {
  AnimatedFormat: "animatedFormat",
  ArtisticFilter: "artisticFilter",
  AspectRatio: "aspectRatio",
  Background: "background",
  BlendMode: "blendMode",
  ChromaSubSampling: "chromaSubSampling",
  ColorSpace: "colorSpace",
  Compass: "compass",
  Dither: "dither",
  Dpr: "dpr",
  Expression: "expression",
  Flag: "flag",
  FocusOn: "focusOn",
  FontAntialias: "FontAntialias",
  FontHinting: "fontHinting",
  FontStyle: "fontStyle",
  FontWeight: "fontWeight",
  Format: "format",
  GradientDirection: "gradientDirection",
  GradientFade: "GradientFade",
  Gravity: "gravity",
  ImproveMode: "improveMode",
  OutlineMode: "outlineMode",
  Progressive: "progressive",
  Quality: "quality",
  Region: "region",
  RotationMode: "rotationMode",
  SimulateColorBlind: "simulateColorBlind",
  Source: "source",
  Stroke: "textStroke",
  TextAlignment: "textAlignment",
  TextDecoration: "textDecoration",
  TextFit: "textFit",
};

/** The functions of a module, without its classes and the object that repeats them. */
function functions(folder, name) {
  const all = require(`${path}/${folder}/${name}`);
  const chosen = Object.entries(all).filter(
    ([key, value]) => typeof value === "function" && key[0] === key[0].toLowerCase(),
  );
  return Object.fromEntries(chosen);
}

const modules = {};
for (const [name, file] of Object.entries(ACTIONS)) modules[name] = functions("actions", file);
const exported = {};
for (const [name, members] of Object.entries(modules)) exported[name] = Object.keys(members);
for (const [name, file] of Object.entries(QUALIFIERS)) {
  modules[name] = functions("qualifiers", file);
  exported[name] = Object.keys(modules[name]);
}

const scope = {
  ...modules,
  ...require(`${path}/qualifiers/textStyle`),
  ...require(`${path}/qualifiers/position`),
  ...require(`${path}/qualifiers/autoFocus`),
  Transformation,
};

function build({ builder, call, options, source }, cname) {
  if (builder === "node") return cloudinary.url(source, { ...options, secure: false, cname });
  const settings = {
    cloud: { cloudName: "acme" },
    url: { secure: false, cname, analytics: false },
  };
  const image = new Cloudinary(settings).image(source);
  const run = new Function("image", ...Object.keys(scope), `return ${call};`);
  return run(image, ...Object.values(scope)).toURL();
}

const { cname, calls } = JSON.parse(readFileSync(process.argv[2], "utf8"));
const urls = calls.map((call) => {
  try {
    return build(call, cname);
  } catch (error) {
    return `${call.call || JSON.stringify(call.options)}: ${error.message}`;
  }
});
console.log(JSON.stringify({ urls, exports: exported }));
