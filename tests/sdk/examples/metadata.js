// Structured metadata from a field's creation to its deletion; the argument begins every name.
const { api, uploader } = require("cloudinary").v2;

const prefix = process.argv[2];
const [text, number, day, one, several, gone] = [
  "text",
  "number",
  "day",
  "one",
  "several",
  "gone",
].map((name) => `${prefix}_${name}`);

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

function add(externalId, type, more = {}) {
  return api.add_metadata_field({ external_id: externalId, label: externalId, type, ...more });
}

async function main() {
  const done = {};
  const options = [{ value: "v2", external_id: "first" }, { value: "v3" }, { value: "v10" }];
  const limit = { type: "less_than", equals: true, value: 5 };
  done.text = await add(text, "string");
  done.number = await add(number, "integer", { default_value: 5, validation: limit });
  done.day = await add(day, "date");
  done.one = await add(one, "enum", {
    datasource: { values: options },
    restrictions: { readonly_ui: true },
  });
  done.several = await add(several, "set", { datasource: { values: options } });
  done.bad_default = await refused(() =>
    add(`${prefix}_bad`, "integer", { default_value: 6, validation: limit })
  );
  done.read = await api.metadata_field_by_field_id(text);
  done.updated = await api.update_metadata_field(text, {
    external_id: gone,
    type: "integer",
    label: "New",
    default_value: "d",
  });
  done.listed = await api.list_metadata_fields();

  const change = { values: [{ value: "v1", external_id: "first" }] };
  done.options = await api.update_metadata_field_datasource(one, change);
  done.blocked = await api.delete_datasource_entries(several, ["first"]);
  done.restored = await api.restore_metadata_field_datasource(several, ["first"]);
  done.ordered = await api.order_metadata_field_datasource(several, "value");
  done.reversed = await api.order_metadata_field_datasource(several, "value", "desc");
  done.reordered = await api.reorder_metadata_fields("external_id", "desc");

  const values = {
    [text]: "a=b|c",
    [number]: 3,
    [day]: "2024-02-29",
    [one]: "first",
    [several]: ["first"],
  };
  done.uploaded = await uploader.upload("turtles.jpg", {
    public_id: `${prefix}/1`,
    metadata: values,
  });
  done.defaults = await uploader.upload("turtles.jpg", { public_id: `${prefix}/2` });
  done.changed = await uploader.update_metadata({ [text]: "new", [several]: [] }, [
    `${prefix}/1`,
    `${prefix}/2`,
  ]);
  done.explicit = await uploader.explicit(`${prefix}/1`, {
    type: "upload",
    metadata: { [day]: "2024-03-01" },
  });
  done.update = await api.update(`${prefix}/2`, { metadata: { [several]: ["first"] } });
  done.asset = await api.resource(`${prefix}/1`);
  done.unknown = await refused(() =>
    uploader.upload("turtles.jpg", { metadata: { [`${prefix}_x`]: "1" } })
  );
  done.unfit = await refused(() => uploader.update_metadata({ [one]: "v1" }, [`${prefix}/1`]));

  done.rule = await api.add_metadata_rule({
    metadata_field_id: one,
    name: "rule",
    condition: { metadata_field_id: several, includes: ["first"] },
    result: { enable: true, activate_values: "all" },
  });
  const id = done.rule.external_id;
  done.rule_updated = await api.update_metadata_rule(id, { state: "inactive" });
  done.rules = await api.list_metadata_rules();
  done.rule_deleted = await api.delete_metadata_rule(id);

  done.deleted = [];
  for (const name of [text, number, day, one, several]) {
    done.deleted.push(await api.delete_metadata_field(name));
  }
  done.again = await refused(() => add(text, "string"));
  done.missing = await refused(() => api.metadata_field_by_field_id(text));

  console.log(JSON.stringify(done));
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
