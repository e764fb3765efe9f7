// A page made with @cloudinary/react and @cloudinary/url-gen. Its address tells the service's host.
import { createElement as h } from "react";
import { createRoot } from "react-dom/client";
import { AdvancedImage, accessibility, lazyload, placeholder, responsive } from "@cloudinary/react";
import { Cloudinary } from "@cloudinary/url-gen";
import { source } from "@cloudinary/url-gen/actions/overlay";
import { fill, scale, thumbnail } from "@cloudinary/url-gen/actions/resize";
import { byAngle } from "@cloudinary/url-gen/actions/rotate";
import { compass } from "@cloudinary/url-gen/qualifiers/gravity";
import { Position } from "@cloudinary/url-gen/qualifiers/position";
import { image as layer } from "@cloudinary/url-gen/qualifiers/source";
import { Transformation } from "@cloudinary/url-gen/transformation/Transformation";
import { reportWhenQuiet } from "./report.js";

const cname = new URLSearchParams(location.search).get("host");
const cld = new Cloudinary({ cloud: { cloudName: "acme" }, url: { secure: false, cname } });
const photo = () => cld.image("page/photo");
const logo = layer("page:logo").transformation(new Transformation().resize(scale(60)));

const IMAGES = {
  fill: [photo().resize(fill(150, 100)).format("auto").quality("auto"), []],
  thumbnail: [photo().resize(thumbnail(90, 90)).format("png"), []],
  turned: [photo().resize(scale(120)).rotate(byAngle(90)).format("png"), []],
  overlay: [
    photo()
      .resize(fill(140, 140))
      .overlay(source(logo).position(new Position().gravity(compass("north_west"))))
      .format("png"),
    [],
  ],
  responsive: [photo().format("png"), [responsive({ steps: 100 })]],
  steps: [photo().format("png"), [responsive({ steps: [120, 180, 320] })]],
  lazy: [photo().resize(fill(110, 80)).format("png"), [lazyload()]],
  blur: [photo().resize(fill(100, 70)).format("png"), [placeholder({ mode: "blur" })]],
  pixelate: [photo().resize(fill(101, 70)).format("png"), [placeholder({ mode: "pixelate" })]],
  predominant: [
    photo().resize(fill(102, 70)).format("png"),
    [placeholder({ mode: "predominant-color" })],
  ],
  vectorize: [photo().resize(fill(103, 70)).format("png"), [placeholder()]],
  dark: [photo().resize(fill(104, 70)).format("png"), [accessibility({ mode: "darkmode" })]],
  mono: [photo().resize(fill(105, 70)).format("png"), [accessibility({ mode: "monochrome" })]],
  together: [
    photo().format("png"),
    [lazyload(), responsive({ steps: 50 }), placeholder({ mode: "blur" })],
  ],
  below: [photo().resize(fill(106, 70)).format("png"), [lazyload()]],
};
const NARROW = new Set(["responsive", "steps", "together"]);
const SIZED = { lazy: [110, 80], below: [106, 70], together: [170, 113] };

function Picture({ name }) {
  const [cldImg, plugins] = IMAGES[name];
  const kinds = ["box", NARROW.has(name) && "narrow", name === "below" && "below"];
  const [width, height] = SIZED[name] ?? [];
  return h(
    "div",
    { "data-name": name, className: kinds.filter(Boolean).join(" ") },
    h(AdvancedImage, { cldImg, plugins, width, height, alt: name }),
  );
}

const names = Object.keys(IMAGES);
createRoot(document.getElementById("root")).render(
  names.map((name) => h(Picture, { name, key: name })),
);
reportWhenQuiet(names.length - 1);
