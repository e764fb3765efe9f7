// Coordinates and access control of a photo; the public id is the argument.
const { api, uploader } = require("cloudinary").v2;

const publicId = process.argv[2];

async function main() {
  const done = {};
  done.uploaded = await uploader.upload("logo.png", {
    public_id: publicId,
    faces: true,
    face_coordinates: [
      [120, 30, 109, 150],
      [121, 31, 110, 151],
    ],
    access_control: {
      access_type: "anonymous",
      start: new Date(Date.UTC(2019, 1, 22, 16, 20, 57)),
      end: "2019-03-22 00:00 +0200",
    },
  });
  done.explicit = await uploader.explicit(publicId, {
    type: "upload",
    face_coordinates: [[122, 32, 111, 152]],
    custom_coordinates: [1, 2, 3, 4],
  });
  done.read = await api.resource(publicId, { faces: true, coordinates: true });
  done.updated = await api.update(publicId, {
    custom_coordinates: [5, 6, 7, 8],
    access_control: [{ access_type: "token" }],
  });

  console.log(JSON.stringify(done));
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
