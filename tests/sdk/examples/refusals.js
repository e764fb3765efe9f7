// Calls that the service refuses; the argument is a public id that does not exist.
const { api, uploader } = require("cloudinary").v2;

const missing = process.argv[2];

// Status and message of a call that has to fail.
async function refused(call) {
  try {
    await call();
  } catch (thrown) {
    const error = thrown.error || thrown;
    return { kind: error.http_code, message: error.message };
  }
  throw new Error("the call was not refused");
}

async function main() {
  const done = {};
  done.missing = await refused(() => api.resource(missing));
  done.bad_addon = await refused(() =>
    uploader.upload("turtles.jpg", { categorization: "no_such_addon" })
  );
  done.bad_update = await refused(() => api.update(missing, { categorization: "no_such_addon" }));
  done.bad_signature = await refused(() =>
    uploader.upload("turtles.jpg", { api_secret: "another" })
  );
  done.bad_secret = await refused(() => api.ping({ api_secret: "another" }));
  done.bad_preset = await refused(() => uploader.unsigned_upload("turtles.jpg", "no-such-preset"));

  console.log(JSON.stringify(done));
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
