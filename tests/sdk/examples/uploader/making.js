// What the uploader makes of assets: text, sprites, animations, pages, archives.
const { uploader } = require("cloudinary").v2;
const { PHOTO, main, refused, stored } = require("./cases");

// Two assets with a tag of their own: the tag and the URLs.
async function tagged(name) {
  const tag = name.replace("/", "-");
  const urls = [];
  for (const [number, angle] of [
    [1, 0],
    [2, 180],
  ]) {
    const made = await uploader.upload(PHOTO, {
      public_id: `${name}/${number}`,
      tags: [tag],
      transformation: [{ width: 60, height: 40, crop: "fill" }, { angle }],
    });
    urls.push(made.url);
  }
  return { tag, urls };
}

const cases = {
  async text(name) {
    const options = { font_family: "Arial", font_size: 40, font_color: "red" };
    return {
      made: await uploader.text("Hello", { public_id: name, ...options }),
      longer: await uploader.text("Hello, world", { public_id: `${name}-longer`, ...options }),
      stored: await stored(name, { type: "text" }),
    };
  },

  async generate_sprite(name) {
    const { tag, urls } = await tagged(name);
    const narrow = { transformation: { raw_transformation: "w_30" } };
    return {
      of_tag: await uploader.generate_sprite(tag),
      of_urls: await uploader.generate_sprite({ urls }),
      narrow: await uploader.generate_sprite(tag, narrow),
      jpg: await uploader.generate_sprite(tag, { format: "jpg", width: 30 }),
    };
  },

  async download_generated_sprite(name) {
    const { tag } = await tagged(name);
    return { url: uploader.download_generated_sprite(tag) };
  },

  async multi(name) {
    const { tag, urls } = await tagged(name);
    const cropped = { transformation: { raw_transformation: "c_crop,w_0.5" } };
    return {
      of_tag: await uploader.multi(tag, cropped),
      of_urls: await uploader.multi({ urls }),
      pdf: await uploader.multi(tag, { width: 30, format: "pdf" }),
    };
  },

  async download_multi(name) {
    const { tag } = await tagged(name);
    return { url: uploader.download_multi(tag) };
  },

  async explode(name) {
    await uploader.upload("pages.tif", { public_id: name });
    const reply = await uploader.explode(name, { page: "all", format: "png" });
    const until = Date.now() + 20000;
    while ((await stored(name)).derived.length < 2 && Date.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return { reply, stored: await stored(name) };
  },

  async create_archive(name) {
    const { tag } = await tagged(name);
    const target = { target_public_id: `${name}.tgz`, target_tags: ["made"] };
    return {
      made: await uploader.create_archive({ tags: [tag], target_format: "tgz", ...target }),
      stored: await stored(`${name}.tgz`, { resource_type: "raw" }),
      missing: await refused(() => uploader.create_archive({ public_ids: [`${name}/none`] })),
    };
  },

  async create_zip(name) {
    const { tag } = await tagged(name);
    const transformations = [{ width: "0.5" }, { width: "2.0" }];
    return { made: await uploader.create_zip({ tags: [tag], transformations }) };
  },

  // Version 1 has it, and loses the promise: only its callback learns what came.
  create_slideshow: (name) =>
    refused(
      () =>
        new Promise((resolve, reject) => {
          const manifest = JSON.stringify({ w: 100, h: 100, du: 2, vars: { slides: [] } });
          const options = { manifest_json: manifest, public_id: name, disable_promises: true };
          uploader.create_slideshow(options, (result) =>
            result.error ? reject(result.error) : resolve(result)
          );
        })
    ),
};

module.exports = cases;

if (require.main === module) main(cases);
