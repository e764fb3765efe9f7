// Calls of the uploader's functions: one case for each, named like the function it calls.
const { api, uploader } = require("cloudinary").v2;

const PHOTO = "turtles.jpg";

// Status and message of an error that a call has to reject with.
async function refused(call) {
  try {
    await call();
  } catch (thrown) {
    const error = thrown.error || thrown;
    return { kind: error.http_code, message: error.message };
  }
  throw new Error("the call was not refused");
}

// An asset as the Admin API has it; nothing when it is gone.
async function stored(publicId, options = {}) {
  try {
    return await api.resource(publicId, options);
  } catch (thrown) {
    if ((thrown.error || thrown).http_code === 404) return null;
    throw thrown;
  }
}

// What a call gives to its callback.
function called(call) {
  return new Promise((resolve, reject) => {
    call((error, result) => (error ? reject(error) : resolve(result)));
  });
}

async function runCase(name, cases, prefix) {
  const original = uploader[name];
  let wasCalled = false;
  uploader[name] = (...values) => {
    wasCalled = true;
    return original(...values);
  };
  try {
    return { result: await cases[name](`${prefix}/${name}`), called: wasCalled };
  } catch (thrown) {
    const text = thrown.stack || JSON.stringify(thrown);
    return { failed: text };
  } finally {
    uploader[name] = original;
  }
}

// Run the cases and print what came of them; the argument begins every public id.
async function main(cases) {
  const done = {};
  for (const name of Object.keys(cases)) {
    if (uploader[name]) done[name] = await runCase(name, cases, process.argv[2]);
  }
  console.log(JSON.stringify(done));
}

module.exports = { PHOTO, called, main, refused, stored };
