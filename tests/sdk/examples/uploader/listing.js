// The uploader's functions, and those that have a case; nothing is called.
const { uploader } = require("cloudinary").v2;

const cases = ["./changes", "./making", "./uploads"].flatMap((topic) =>
  Object.keys(require(topic))
);

console.log(JSON.stringify({ public: Object.keys(uploader), cases }));
