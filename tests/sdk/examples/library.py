"""Tags, context and listings; the prefix of all public ids is the argument."""

import json
import sys
from pathlib import Path

import cloudinary
import cloudinary.api
import cloudinary.uploader

prefix = sys.argv[1]
first, second, third = (f"{prefix}/{name}" for name in ("a b", "é", "plain"))
tag = f"{prefix}-tag"
done = {}

ping = cloudinary.api.ping()
done["ping"] = ping
done["rate"] = [ping.rate_limit_allowed, ping.rate_limit_remaining]

done["first"] = cloudinary.uploader.upload(
    "turtles.jpg", public_id=first, tags=["b", "a"], context={"alt": "x=1|y", "by": "me"}
)
done["second"] = cloudinary.uploader.upload("turtles.jpg", public_id=second, use_filename=True)
with Path("turtles.jpg").open("rb") as stream:
    done["third"] = cloudinary.uploader.upload(stream, public_id=third, filename="clé.jpg")

done["added"] = cloudinary.uploader.add_tag(tag, [first, second, f"{prefix}/none"])
done["removed"] = cloudinary.uploader.remove_tag("b", [first])
done["replaced"] = cloudinary.uploader.replace_tag([tag, "only"], [second])
done["context_added"] = cloudinary.uploader.add_context({"by": "you"}, [first])
done["cleared"] = cloudinary.uploader.remove_all_tags([third])
done["explicit"] = cloudinary.uploader.explicit(
    third, type="upload", categorization="imagga_tagging", auto_tagging=0.4, tags="own"
)

done["by_tag"] = cloudinary.api.resources_by_tag(tag, tags=True, context=True)
done["tags"] = cloudinary.api.tags(prefix=prefix)
done["by_prefix"] = cloudinary.api.resources(type="upload", prefix=f"{prefix}/", tags=True)
done["page_1"] = cloudinary.api.resources(type="upload", prefix=f"{prefix}/", max_results=2)
done["page_2"] = cloudinary.api.resources(
    type="upload", prefix=f"{prefix}/", max_results=2, next_cursor=done["page_1"]["next_cursor"]
)
done["by_ids"] = cloudinary.api.resources_by_ids([first, third, f"{prefix}/none"])
done["by_asset_ids"] = cloudinary.api.resources_by_asset_ids([done["second"]["asset_id"]])
done["by_asset_id"] = cloudinary.api.resource_by_asset_id(done["first"]["asset_id"])
done["read_first"] = cloudinary.api.resource(first)
done["read_third"] = cloudinary.api.resource(third)

print(json.dumps(done))
