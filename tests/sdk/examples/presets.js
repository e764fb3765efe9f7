// Upload presets from creation to deletion, and uploads that use them; the name is the argument.
const { api, uploader } = require("cloudinary").v2;

const name = process.argv[2];

async function main() {
  const done = {};
  done.created = await api.create_upload_preset({
    name,
    unsigned: true,
    tags: "preset",
    categorization: "imagga_tagging",
    auto_tagging: 0.4,
  });
  done.read = await api.upload_preset(name);
  done.listed = await api.upload_presets({ max_results: 500 });
  done.unsigned = await uploader.unsigned_upload("turtles.jpg", name, { tags: "mine" });
  done.updated = await api.update_upload_preset(name, { unsigned: false, auto_tagging: 0.5 });
  done.reread = await api.upload_preset(name);
  done.signed = await uploader.upload("turtles.jpg", { upload_preset: name });
  done.deleted = await api.delete_upload_preset(name);

  console.log(JSON.stringify(done));
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
