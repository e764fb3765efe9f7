"""A form, a page, a download and a delete button for each model."""

from cloudinary.forms import CloudinaryJsFileField
from django.core.files.storage import default_storage
from django.forms import modelform_factory
from django.http import FileResponse, JsonResponse
from django.urls import path
from django.views.generic import CreateView, DeleteView, DetailView, TemplateView, UpdateView

from gallery.models import Clip, Document, Photo, Portrait

#: A form whose file a script in the browser uploads before the form is sent.
DirectForm = modelform_factory(
    Portrait, fields=["file"], field_classes={"file": CloudinaryJsFileField}
)


class Download(DetailView):
    def render_to_response(self, context, **_):
        return FileResponse(self.object.file.open())


def listing(_, folder):
    """The directories and files of a folder, and whether the storage has them."""
    directories, files = default_storage.listdir(folder)
    exist = [default_storage.exists(f"{folder}/{name}") for name in files]
    return JsonResponse({"directories": directories, "files": files, "exist": exist})


urlpatterns = [
    path("", TemplateView.as_view(template_name="home.html")),
    path("folders/<path:folder>", listing),
    path(
        "portrait/direct",
        CreateView.as_view(model=Portrait, form_class=DirectForm, template_name="form.html"),
    ),
]
for model in (Photo, Document, Clip, Portrait):
    name = model._meta.model_name
    page = {"model": model, "template_name": "page.html"}
    form = {"model": model, "template_name": "form.html"}
    fields = {"fields": ["file"]}
    urlpatterns += [
        path(f"{name}/new", CreateView.as_view(**form, **fields)),
        path(f"{name}/<int:pk>", DetailView.as_view(**page), name=name),
        path(f"{name}/<int:pk>/edit", UpdateView.as_view(**form, **fields)),
        path(f"{name}/<int:pk>/delete", DeleteView.as_view(**form, success_url="/")),
        path(f"{name}/<int:pk>/download", Download.as_view(**page)),
    ]
