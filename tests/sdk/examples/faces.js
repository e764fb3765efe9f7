// Where the faces are, and a closer look; the prefix of all public ids is the argument.
const cloudinary = require("cloudinary").v2;

const prefix = process.argv[2];
const thorough = { "X-Lenticular-Detail": "thorough" };

async function main() {
  const done = {};

  done.uploaded = await cloudinary.uploader.upload("astronaut.png", {
    public_id: `${prefix}/a`,
    faces: true,
    categorization: "imagga_tagging",
  });
  done.read = await cloudinary.api.resource(`${prefix}/a`, { faces: true });
  done.read_without = await cloudinary.api.resource(`${prefix}/a`);

  done.plain = await cloudinary.uploader.upload("astronaut.png", { public_id: `${prefix}/b` });
  done.explicit = await cloudinary.uploader.explicit(`${prefix}/b`, { type: "upload", faces: true });
  done.none = await cloudinary.uploader.upload("turtles.jpg", { faces: true });

  done.closer = await cloudinary.uploader.upload("astronaut.png", {
    categorization: "imagga_tagging",
    extra_headers: thorough,
  });

  console.log(JSON.stringify(done));
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
