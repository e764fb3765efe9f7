// Uploads in every way that the uploader offers.
const fs = require("fs");
const { api, uploader } = require("cloudinary").v2;
const { PHOTO, called, main, refused, stored } = require("./cases");

const LARGE = "large.bmp";
const CHUNK = { chunk_size: 5243000 };

// Send a file through the stream that a call returns.
function piped(file, call) {
  return called((callback) => fs.createReadStream(file).pipe(call(callback)));
}

// Run a call with a preset for uploads without credentials.
async function withPreset(name, call) {
  const preset = name.replace("/", "-");
  await api.create_upload_preset({ name: preset, unsigned: true, tags: "preset", folder: name });
  try {
    return await call(preset);
  } finally {
    await api.delete_upload_preset(preset);
  }
}

const cases = {
  async upload(name) {
    const withEverything = await uploader.upload(PHOTO, {
      public_id: `${name} é`,
      tags: ["b", "a"],
      context: { alt: "alternative|alt=a", by: "me" },
      eager: [{ width: 100, crop: "scale", format: "png" }],
    });
    const uri = `data:image/jpeg;base64,${fs.readFileSync(PHOTO).toString("base64")}`;
    return {
      with_everything: withEverything,
      stored: await stored(`${name} é`, { context: true }),
      streamed: await uploader.upload(uri, { public_id: `${name}-uri` }),
      other_name: await uploader.upload(PHOTO, {
        public_id: `${name}-named`,
        filename_override: "other.png",
      }),
      again: await uploader.upload(PHOTO, { public_id: `${name} é`, overwrite: false, tags: "c" }),
      refused: await refused(() => uploader.upload(PHOTO, { allowed_formats: ["png"] })),
      converted: await uploader.upload(PHOTO, {
        allowed_formats: ["png"],
        format: "png",
        folder: name,
      }),
    };
  },

  async upload_stream(name) {
    const options = { folder: name, filename: "clé-mer.jpg", use_filename: true };
    return {
      plain: await piped(PHOTO, (callback) =>
        uploader.upload_stream({ public_id: name }, callback)
      ),
      named: await piped(PHOTO, (callback) =>
        uploader.upload_stream({ ...options, unique_filename: false }, callback)
      ),
    };
  },

  unsigned_upload: (name) =>
    withPreset(name, async (preset) => ({
      uploaded: await uploader.unsigned_upload(PHOTO, preset, { tags: "mine", public_id: "own" }),
      refused: await refused(() =>
        uploader.unsigned_upload(PHOTO, preset, { transformation: { width: 9 } })
      ),
    })),

  unsigned_upload_stream: (name) =>
    withPreset(name, async (preset) => ({
      uploaded: await piped(PHOTO, (callback) =>
        uploader.unsigned_upload_stream(preset, { tags: "mine", public_id: "own" }, callback)
      ),
    })),

  async upload_large(name) {
    const options = { public_id: name, resource_type: "image", tags: ["x", "y"], ...CHUNK };
    const image = await called((callback) => uploader.upload_large(LARGE, options, callback));
    const url = image.url.replace("/upload/", "/upload/w_40/");
    return {
      image,
      stored: await stored(name),
      raw: await called((callback) =>
        uploader.upload_large(LARGE, { public_id: `${name}.bin`, ...CHUNK }, callback)
      ),
      url: await uploader.upload_large(url, { public_id: `${name}-url` }),
    };
  },

  // The SDK exports this name without a function behind it.
  async upload_large_part() {
    try {
      return { made: await uploader.upload_large_part({}) };
    } catch (thrown) {
      return { broken: thrown instanceof TypeError };
    }
  },

  upload_chunked: (name) =>
    called((callback) =>
      uploader.upload_chunked(
        LARGE,
        { public_id: name, resource_type: "image", ...CHUNK },
        callback
      )
    ),

  upload_chunked_stream: (name) =>
    piped(LARGE, (callback) =>
      uploader.upload_chunked_stream(
        { public_id: name, resource_type: "image", ...CHUNK },
        callback
      )
    ),

  async direct_upload(name) {
    return uploader.direct_upload("http://127.0.0.1:9/after", { public_id: name, tags: "form" });
  },

  async upload_tag_params(name) {
    return uploader.upload_tag_params({ public_id: name, tags: "form" });
  },

  async upload_url() {
    return { any: uploader.upload_url(), video: uploader.upload_url({ resource_type: "video" }) };
  },

  async image_upload_tag(name) {
    return uploader.image_upload_tag("field", { public_id: name, tags: "form" });
  },

  async unsigned_image_upload_tag(name) {
    const preset = name.replace("/", "-");
    await api.create_upload_preset({ name: preset, unsigned: true, tags: "preset" });
    return uploader.unsigned_image_upload_tag("field", preset, { public_id: name, tags: "form" });
  },
};

module.exports = cases;

if (require.main === module) main(cases);
