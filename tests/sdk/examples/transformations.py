"""Named transformations and derived images of a stored photo; arguments: its id, a name, an id.

The photo has three derived images: two of ``c_scale,w_100``, of which the last argument is one,
and one of ``c_scale,w_200``.
"""

import json
import sys

import cloudinary
import cloudinary.api
from cloudinary.exceptions import Error

public_id, name, derived_id = sys.argv[1:]
scale_100 = {"crop": "scale", "width": 100}
done = {}

done["created"] = cloudinary.api.create_transformation(name, {"crop": "scale", "width": 102})
try:
    cloudinary.api.create_transformation(name, scale_100)
except Error as error:
    done["again"] = type(error).__name__
done["read"] = cloudinary.api.transformation(name)
done["updated"] = cloudinary.api.update_transformation(
    name, allowed_for_strict=True, unsafe_update={"crop": "scale", "width": 103}
)
done["reread"] = cloudinary.api.transformation(name)
done["by_text"] = cloudinary.api.transformation("c_scale,w_100")
done["by_options"] = cloudinary.api.transformation(scale_100)
done["listed"] = cloudinary.api.transformations(max_results=500)
done["named"] = cloudinary.api.transformations(max_results=500, named=True)
done["deleted"] = cloudinary.api.delete_transformation(name)
try:
    cloudinary.api.transformation(name)
except Error as error:
    done["gone"] = type(error).__name__

done["details"] = cloudinary.api.resource(public_id)
done["by_id"] = cloudinary.api.delete_derived_resources([derived_id, "none"])
done["by_transformation"] = cloudinary.api.delete_derived_by_transformation(
    [public_id], [scale_100, {"crop": "scale", "width": 1}]
)
done["details_then"] = cloudinary.api.resource(public_id)
done["kept"] = cloudinary.api.delete_resources([public_id], keep_original=True)
done["details_last"] = cloudinary.api.resource(public_id)

print(json.dumps(done))
