"""What the site keeps: each kind of file in the storage that is meant for it."""

import cloudinary.uploader
from cloudinary.models import CloudinaryField
from cloudinary_storage.storage import RawMediaCloudinaryStorage, VideoMediaCloudinaryStorage
from django.db import models
from django.urls import reverse


class Kept(models.Model):
    class Meta:
        abstract = True

    def get_absolute_url(self):
        return reverse(self._meta.model_name, args=[self.pk])

    def delete(self, *args, **kwargs):
        self.forget_file()
        return super().delete(*args, **kwargs)

    def forget_file(self):
        self.file.delete(save=False)


class Photo(Kept):
    file = models.ImageField(upload_to="photos")


class Document(Kept):
    file = models.FileField(upload_to="documents", storage=RawMediaCloudinaryStorage())


class Clip(Kept):
    file = models.FileField(upload_to="clips", storage=VideoMediaCloudinaryStorage())


class Portrait(Kept):
    """Kept by the field that the SDK itself brings."""

    file = CloudinaryField(
        folder="portraits", tags="portrait", width_field="width", height_field="height"
    )
    width = models.PositiveIntegerField(null=True, editable=False)
    height = models.PositiveIntegerField(null=True, editable=False)

    def forget_file(self):
        cloudinary.uploader.destroy(self.file.public_id, invalidate=True)
