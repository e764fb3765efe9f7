// What the uploader does with assets that are there.
const { api, uploader } = require("cloudinary").v2;
const { PHOTO, main, refused, stored } = require("./cases");

// Upload the photo twice; both public ids.
async function two(name, options = {}) {
  const names = [`${name}/1`, `${name}/2`];
  for (const one of names) await uploader.upload(PHOTO, { public_id: one, ...options });
  return names;
}

// The tags of assets; nothing for one that has none.
async function tags(names) {
  return Promise.all(names.map(async (name) => (await stored(name)).tags || null));
}

// The context of assets; nothing for one that has none.
async function contexts(names) {
  return Promise.all(
    names.map(async (name) => (await stored(name, { context: true })).context || null)
  );
}

const cases = {
  async explicit(name) {
    const old = { public_id: name, tags: ["old"], context: { kept: "yes" } };
    await uploader.upload(PHOTO, old);
    return {
      changed: await uploader.explicit(name, {
        type: "upload",
        tags: ["b", "a"],
        custom_coordinates: [1, 2, 30, 40],
        eager: [{ width: 100, crop: "scale", format: "png" }],
      }),
      stored: await stored(name, { context: true, coordinates: true }),
      missing: await refused(() => uploader.explicit(`${name}-none`, { type: "upload" })),
    };
  },

  async rename(name) {
    const [first, second] = await two(name, { tags: "t" });
    await uploader.upload("pages.tif", { public_id: `${name}/tif` });
    const force = { overwrite: true, invalidate: true };
    return {
      renamed: await uploader.rename(first, `${name}/3`),
      old: await stored(first),
      new: await stored(`${name}/3`),
      taken: await refused(() => uploader.rename(`${name}/3`, second)),
      taken_over: await uploader.rename(`${name}/tif`, second, force),
      then: await stored(second),
      moved: await uploader.rename(second, `${name}/4`, { to_type: "private" }),
      private: await stored(`${name}/4`, { type: "private" }),
      missing: await refused(() => uploader.rename(first, second)),
    };
  },

  async destroy(name) {
    await uploader.upload(PHOTO, { public_id: name });
    await uploader.upload(PHOTO, { public_id: `${name}.bin`, resource_type: "raw" });
    return {
      destroyed: await uploader.destroy(name, { invalidate: true }),
      again: await uploader.destroy(name),
      left: await stored(name),
      raw: await uploader.destroy(`${name}.bin`, { resource_type: "raw" }),
    };
  },

  async add_tag(name) {
    const names = await two(name);
    const word = name.replace("/", "-");
    const replies = [
      await uploader.add_tag("one", names[0]),
      await uploader.add_tag(["c", "b"], [...names, `${name}/none`]),
      await uploader.add_tag(`d,${word}`, names),
    ];
    const added = await tags(names);
    replies.push(await uploader.add_tag(word, names.slice(1), { exclusive: true }));
    return { replies, added, exclusive: await tags(names) };
  },

  async remove_tag(name) {
    const names = await two(name, { tags: ["a", "b", "c"] });
    const replies = [
      await uploader.remove_tag("a", names[0]),
      await uploader.remove_tag(["b", "x"], names),
    ];
    return { replies, left: await tags(names) };
  },

  async replace_tag(name) {
    const names = await two(name, { tags: ["a", "b"] });
    const reply = await uploader.replace_tag(["z", "y"], names[0]);
    return { reply, left: await tags(names) };
  },

  async remove_all_tags(name) {
    const names = await two(name, { tags: ["a", "b"] });
    const replies = [await uploader.remove_all_tags(names), await uploader.remove_all_tags(names)];
    return { replies, left: await tags(names) };
  },

  async add_context(name) {
    const names = await two(name, { context: { alt: "old", gone: "x" } });
    const reply = await uploader.add_context({ alt: "alternative|alt=a", gone: "" }, names);
    return { reply, left: await contexts(names) };
  },

  async remove_all_context(name) {
    const names = await two(name, { context: { alt: "old" } });
    const reply = await uploader.remove_all_context(names.slice(0, 1));
    return { reply, left: await contexts(names) };
  },

  async update_metadata(name) {
    const field = name.replace("/", "_");
    await api.add_metadata_field({ external_id: field, label: field, type: "string" });
    try {
      const names = await two(name);
      await uploader.explicit(names[0], { type: "upload", metadata: { [field]: "old" } });
      const reply = await uploader.update_metadata({ [field]: "a=b|c" }, names);
      const left = await Promise.all(names.map(async (one) => (await stored(one)).metadata));
      return { reply, field, left };
    } finally {
      await api.delete_metadata_field(field);
    }
  },
};

module.exports = cases;

if (require.main === module) main(cases);
