// The add-on's four calls as an application makes them; configured by CLOUDINARY_URL alone.
const cloudinary = require("cloudinary").v2;

async function main() {
  const done = {};

  done.categorized = await cloudinary.uploader.upload("turtles.jpg", {
    public_id: "sample",
    categorization: "imagga_tagging",
  });
  done.auto_tagged = await cloudinary.uploader.upload("turtles.jpg", {
    public_id: "sample",
    categorization: "imagga_tagging",
    auto_tagging: 0.4,
  });

  // An older asset, uploaded before anybody thought of tagging.
  done.plain = await cloudinary.uploader.upload("turtles.jpg", {
    public_id: "sample",
    tags: ["zoo"],
  });
  done.updated = await cloudinary.api.update("sample", {
    categorization: "imagga_tagging",
    auto_tagging: 0.5,
  });
  done.read = await cloudinary.api.resource("sample");

  console.log(JSON.stringify(done));
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
