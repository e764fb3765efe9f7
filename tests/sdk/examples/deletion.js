// Deletes what the library example uploaded; the prefix of all public ids is the argument.
const { api, uploader } = require("cloudinary").v2;

const prefix = process.argv[2];
const [first, second, third] = ["a b", "é", "plain"].map((name) => `${prefix}/${name}`);

async function main() {
  const done = {};
  done.destroyed = await uploader.destroy(third);
  done.destroyed_again = await uploader.destroy(third);
  done.deleted = await api.delete_resources([first, second, `${prefix}/none`]);
  done.left = await api.resources({ type: "upload", prefix: `${prefix}/` });

  console.log(JSON.stringify(done));
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
