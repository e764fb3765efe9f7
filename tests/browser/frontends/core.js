// A page made with cloudinary-core. Its address tells the service's host.
import { Cloudinary, Transformation } from "cloudinary-core";
import { reportWhenQuiet } from "./report.js";

const cname = new URLSearchParams(location.search).get("host");
const cl = new Cloudinary({ cloud_name: "acme", secure: false, cname });

const IMAGES = {
  fill: { width: 150, height: 100, crop: "fill", format: "png" },
  chain: {
    transformation: [
      { width: 200, height: 140, crop: "fill" },
      { radius: 30, angle: "hflip" },
    ],
    format: "png",
  },
  effect: new Transformation().width(120).crop("scale").effect("sepia").fetchFormat("webp"),
  text: {
    transformation: new Transformation()
      .width(160)
      .height(90)
      .crop("fill")
      .chain()
      .overlay({ font_family: "Arial", font_size: 24, text: "Hello" })
      .gravity("north"),
    format: "png",
  },
  responsive: {
    width: "auto",
    crop: "scale",
    responsive: true,
    class: "cld-responsive",
    format: "png",
  },
  dense: { width: 90, dpr: 2.0, crop: "scale", format: "png" },
};
const root = document.getElementById("root");
for (const [name, options] of Object.entries(IMAGES)) {
  const box = document.createElement("div");
  box.dataset.name = name;
  box.className = name === "responsive" ? "box narrow" : "box";
  box.innerHTML = cl.imageTag("page/photo", options).toHtml();
  root.append(box);
}
cl.responsive();
reportWhenQuiet(Object.keys(IMAGES).length);
