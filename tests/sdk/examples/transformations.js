// Named transformations and derived images of a stored photo; arguments: its id, a name, an id.
// The photo has three derived images: two of c_scale,w_100, of which the last argument is one,
// and one of c_scale,w_200.
const { api } = require("cloudinary").v2;

const [publicId, name, derivedId] = process.argv.slice(2);
const scale100 = { crop: "scale", width: 100 };

async function refused(call) {
  try {
    await call;
  } catch (error) {
    return error.error.http_code;
  }
  return 200;
}

async function main() {
  const done = {};
  done.created = await api.create_transformation(name, { crop: "scale", width: 102 });
  done.again = await refused(api.create_transformation(name, scale100));
  done.read = await api.transformation(name);
  done.updated = await api.update_transformation(name, {
    allowed_for_strict: true,
    unsafe_update: { crop: "scale", width: 103 },
  });
  done.reread = await api.transformation(name);
  done.by_text = await api.transformation("c_scale,w_100");
  done.by_options = await api.transformation(scale100);
  done.listed = await api.transformations({ max_results: 500 });
  done.named = await api.transformations({ max_results: 500, named: true });
  done.deleted = await api.delete_transformation(name);
  done.gone = await refused(api.transformation(name));

  done.details = await api.resource(publicId);
  done.by_id = await api.delete_derived_resources([derivedId, "none"]);
  done.by_transformation = await api.delete_derived_by_transformation(
    [publicId],
    [scale100, { crop: "scale", width: 1 }],
  );
  done.details_then = await api.resource(publicId);
  done.kept = await api.delete_resources([publicId], { keep_original: true });
  done.details_last = await api.resource(publicId);

  console.log(JSON.stringify(done));
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
