"""Files of models."""
import collections

UploadedFile = collections.namedtuple("UploadedFile", ("name", "filename", "content_type", "original_filename"))
ReturnedFile = collections.namedtuple(
    "ReturnedFile", ("name", "filename", "content_type", "original_filename"), defaults=(None, None, None)
)
