// Uploads in chunks: any file, and a photo with tagging, from disk and from a stream.
const fs = require("fs");
const { uploader } = require("cloudinary").v2;

const chunk_size = 5243000;

function settle(resolve, reject) {
  return (error, result) => (error ? reject(error) : resolve(result));
}

function large(path, options) {
  return new Promise((resolve, reject) => {
    uploader.upload_large(path, { chunk_size, ...options }, settle(resolve, reject));
  });
}

// The length of a stream is unknown, so only its last chunk tells the total.
function largeStream(path, options) {
  return new Promise((resolve, reject) => {
    const target = uploader.upload_chunked_stream(
      { chunk_size, ...options },
      settle(resolve, reject)
    );
    fs.createReadStream(path).pipe(target);
  });
}

async function main() {
  const done = {};
  done.raw = await large("large.bin");
  done.image = await largeStream("large.bmp", {
    resource_type: "image",
    categorization: "imagga_tagging",
    auto_tagging: 0.4,
  });
  done.one_chunk = await large("turtles.jpg", { resource_type: "image" });

  console.log(JSON.stringify(done));
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
