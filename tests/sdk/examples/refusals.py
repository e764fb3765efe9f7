"""Calls that the service refuses; the argument is a public id that does not exist."""

import json
import sys

import cloudinary
import cloudinary.api
import cloudinary.exceptions
import cloudinary.uploader

missing = sys.argv[1]
done = {}


def refused(call):
    """Status class and message of a call that has to fail."""
    try:
        call()
    except cloudinary.exceptions.Error as error:
        return {"kind": type(error).__name__, "message": str(error)}
    raise AssertionError("the call was not refused")


done["missing"] = refused(lambda: cloudinary.api.resource(missing))
done["bad_addon"] = refused(
    lambda: cloudinary.uploader.upload("turtles.jpg", categorization="no_such_addon")
)
done["bad_update"] = refused(lambda: cloudinary.api.update(missing, categorization="no_such_addon"))
done["bad_signature"] = refused(
    lambda: cloudinary.uploader.upload("turtles.jpg", api_secret="another")
)
done["bad_secret"] = refused(lambda: cloudinary.api.ping(api_secret="another"))
done["bad_preset"] = refused(
    lambda: cloudinary.uploader.unsigned_upload("turtles.jpg", "no-such-preset")
)
done["returned_error"] = cloudinary.uploader.explicit(missing, type="upload", return_error=True)

print(json.dumps(done))
