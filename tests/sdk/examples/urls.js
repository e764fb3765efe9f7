// A delivery URL that the SDK builds itself; the argument is the scheme it should have.
const cloudinary = require("cloudinary").v2;

const secure = process.argv[2] === "https";
console.log(JSON.stringify({ url: cloudinary.url("sample", { format: "jpg", secure }) }));
