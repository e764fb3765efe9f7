// An application as its maker wrote it for Cloudinary: two forms whose files multer stores there.
// Only CLOUDINARY_URL says where that is.
const cloudinary = require("cloudinary").v2;
const express = require("express");
const multer = require("multer");
const { CloudinaryStorage } = require("multer-storage-cloudinary");

const avatars = new CloudinaryStorage({
  cloudinary,
  params: {
    folder: "avatars",
    format: async () => "png",
    public_id: (request) => request.body.name,
    transformation: [{ width: 200, height: 200, crop: "limit" }],
  },
});
const album = new CloudinaryStorage({
  cloudinary,
  params: async (request, file) => ({
    folder: `albums/${request.body.album}`,
    resource_type: "auto",
    allowed_formats: ["jpg", "png", "txt"],
    use_filename: true,
    filename_override: file.originalname,
    tags: ["album", request.body.album],
  }),
});

const app = express();
app.use(express.urlencoded({ extended: false }));
app.get("/", (request, response) => {
  response.send(`<!doctype html><form action="/avatar" method="post" enctype="multipart/form-data">
    <input name="name"><input name="image" type="file"><button>Save</button></form>`);
});
app.post("/avatar", multer({ storage: avatars }).single("image"), (request, response) => {
  response.json({ name: request.body.name, file: request.file });
});
app.post("/album", multer({ storage: album }).array("photos", 5), (request, response) => {
  response.json({ album: request.body.album, files: request.files });
});
app.post("/delete", async (request, response) => {
  response.json(await cloudinary.uploader.destroy(request.body.filename, { invalidate: true }));
});
app.use((error, request, response, next) => {
  response.status(400).json({ message: error.message, code: error.http_code });
});
app.listen(Number(process.env.PORT), "127.0.0.1");
