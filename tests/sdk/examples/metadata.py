"""Structured metadata from a field's creation to its deletion; the argument begins every name."""

import json
import sys

import cloudinary
import cloudinary.api
import cloudinary.exceptions
import cloudinary.uploader

prefix = sys.argv[1]
text, number, day, one, several, gone = (
    f"{prefix}_{name}" for name in ("text", "number", "day", "one", "several", "gone")
)
done = {}


def refused(call):
    """Kind and message of a call that has to fail."""
    try:
        call()
    except cloudinary.exceptions.Error as error:
        return {"kind": type(error).__name__, "message": str(error)}
    raise SystemExit("the call was not refused")


def add(external_id, field_type, **more):
    return cloudinary.api.add_metadata_field(
        {"external_id": external_id, "label": external_id, "type": field_type, **more}
    )


options = [{"value": "v2", "external_id": "first"}, {"value": "v3"}, {"value": "v10"}]
limit = {"type": "less_than", "equals": True, "value": 5}
done["text"] = add(text, "string")
done["number"] = add(number, "integer", default_value=5, validation=limit)
done["day"] = add(day, "date")
done["one"] = add(one, "enum", datasource={"values": options}, restrictions={"readonly_ui": True})
done["several"] = add(several, "set", datasource={"values": options})
done["bad_default"] = refused(
    lambda: add(f"{prefix}_bad", "integer", default_value=6, validation=limit)
)
done["read"] = cloudinary.api.metadata_field_by_field_id(text)
done["updated"] = cloudinary.api.update_metadata_field(
    text,
    {"external_id": gone, "type": "integer", "label": "New", "default_value": "d"},
)
done["listed"] = cloudinary.api.list_metadata_fields()

change = [{"value": "v1", "external_id": "first"}]
done["options"] = cloudinary.api.update_metadata_field_datasource(one, change)
done["blocked"] = cloudinary.api.delete_datasource_entries(several, ["first"])
done["restored"] = cloudinary.api.restore_metadata_field_datasource(several, ["first"])
done["ordered"] = cloudinary.api.reorder_metadata_field_datasource(several, "value")
done["reversed"] = cloudinary.api.reorder_metadata_field_datasource(several, "value", "desc")
done["reordered"] = cloudinary.api.reorder_metadata_fields("external_id", "desc")

upload = cloudinary.uploader.upload
values = {text: "a=b|c", number: 3, day: "2024-02-29", one: "first", several: ["first"]}
done["uploaded"] = upload("turtles.jpg", public_id=f"{prefix}/1", metadata=values)
done["defaults"] = upload("turtles.jpg", public_id=f"{prefix}/2")
done["changed"] = cloudinary.uploader.update_metadata(
    {text: "new", several: []}, [f"{prefix}/1", f"{prefix}/2"]
)
done["explicit"] = cloudinary.uploader.explicit(
    f"{prefix}/1", type="upload", metadata={day: "2024-03-01"}
)
done["update"] = cloudinary.api.update(f"{prefix}/2", metadata={several: ["first"]})
done["asset"] = cloudinary.api.resource(f"{prefix}/1")
done["unknown"] = refused(lambda: upload("turtles.jpg", metadata={f"{prefix}_x": "1"}))
done["unfit"] = refused(lambda: cloudinary.uploader.update_metadata({one: "v1"}, [f"{prefix}/1"]))

rule = {
    "metadata_field_id": one,
    "name": "rule",
    "condition": {"metadata_field_id": several, "includes": ["first"]},
    "result": {"enable": True, "activate_values": "all"},
}
done["rule"] = cloudinary.api.add_metadata_rule(rule)
done["rule_updated"] = cloudinary.api.update_metadata_rule(
    done["rule"]["external_id"], {"state": "inactive"}
)
done["rules"] = cloudinary.api.list_metadata_rules()
done["rule_deleted"] = cloudinary.api.delete_metadata_rule(done["rule"]["external_id"])

done["deleted"] = [
    cloudinary.api.delete_metadata_field(name) for name in (text, number, day, one, several)
]
done["again"] = refused(lambda: add(text, "string"))
done["missing"] = refused(lambda: cloudinary.api.metadata_field_by_field_id(text))

print(json.dumps(done))
