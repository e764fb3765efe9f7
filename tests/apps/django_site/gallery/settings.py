"""Settings of the site; ``CLOUDINARY_URL`` and ``SECURE`` are all that points it at a server."""

import os
from pathlib import Path

BASE_DIR = Path(__file__).parents[1]
SECRET_KEY = "of a site that lives for one test"
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "gallery.urls"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / "site.sqlite3"}}
# cloudinary_storage before staticfiles: it has a collectstatic of its own.
INSTALLED_APPS = ["cloudinary_storage", "django.contrib.staticfiles", "cloudinary", "gallery"]
MIDDLEWARE = ["django.middleware.csrf.CsrfViewMiddleware"]
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]

CLOUDINARY_STORAGE = {"SECURE": False, "MEDIA_TAG": "gallery"}
MEDIA_URL = "/media/"
STATIC_URL = "/static/"
# django-cloudinary-storage 0.3 still asks for the old name, which Django 5 no longer knows.
STATICFILES_STORAGE = "cloudinary_storage.storage." + os.environ.get(
    "STATIC_STORAGE", "StaticHashedCloudinaryStorage"
)
STORAGES = {
    "default": {"BACKEND": "cloudinary_storage.storage.MediaCloudinaryStorage"},
    "staticfiles": {"BACKEND": STATICFILES_STORAGE},
}
