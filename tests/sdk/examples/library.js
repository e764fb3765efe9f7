// Tags, context and listings; the prefix of all public ids is the argument.
const fs = require("fs");
const cloudinary = require("cloudinary").v2;

const { api, uploader } = cloudinary;
const prefix = process.argv[2];
const [first, second, third] = ["a b", "é", "plain"].map((name) => `${prefix}/${name}`);
const tag = `${prefix}-tag`;

function streamed(path, options) {
  return new Promise((resolve, reject) => {
    const target = uploader.upload_stream(options, (error, result) =>
      error ? reject(error) : resolve(result)
    );
    fs.createReadStream(path).pipe(target);
  });
}

async function main() {
  const done = {};
  done.ping = await api.ping();
  done.rate = [done.ping.rate_limit_allowed, done.ping.rate_limit_remaining];

  done.first = await uploader.upload("turtles.jpg", {
    public_id: first,
    tags: ["b", "a"],
    context: { alt: "x=1|y", by: "me" },
  });
  done.second = await uploader.upload("turtles.jpg", { public_id: second, use_filename: true });
  done.third = await streamed("turtles.jpg", { public_id: third, filename: "clé.jpg" });

  done.added = await uploader.add_tag(tag, [first, second, `${prefix}/none`]);
  done.removed = await uploader.remove_tag("b", [first]);
  done.replaced = await uploader.replace_tag([tag, "only"], [second]);
  done.context_added = await uploader.add_context("by=you", [first]);
  done.cleared = await uploader.remove_all_tags([third]);
  done.explicit = await uploader.explicit(third, {
    type: "upload",
    categorization: "imagga_tagging",
    auto_tagging: 0.4,
    tags: "own",
  });

  const listing = { type: "upload", prefix: `${prefix}/` };
  done.by_tag = await api.resources_by_tag(tag, { tags: true, context: true });
  done.tags = await api.tags({ prefix });
  done.by_prefix = await api.resources({ ...listing, tags: true });
  done.page_1 = await api.resources({ ...listing, max_results: 2 });
  done.page_2 = await api.resources({
    ...listing,
    max_results: 2,
    next_cursor: done.page_1.next_cursor,
  });
  done.by_ids = await api.resources_by_ids([first, third, `${prefix}/none`]);
  done.by_asset_ids = await api.resources_by_asset_ids([done.second.asset_id]);
  done.by_asset_id = await api.resource_by_asset_id(done.first.asset_id);
  done.read_first = await api.resource(first);
  done.read_third = await api.resource(third);

  console.log(JSON.stringify(done));
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
