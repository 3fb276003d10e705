"""Files out of a form as it comes in (multipart/form-data): each goes to disk piece by piece, so that memory stays flat."""

from __future__ import annotations

from types import TracebackType

from .uploads import Coming, Shelf, Upload, UploadError

# Parts of a form that are no files, such as its token, and bytes of all of them.
_FIELDS, _FIELD_BYTES = 20, 64_000


class Incoming:
    """Takes the pieces of one form and keeps the files in it, each as soon as it is whole.

    `kept` are the files so far, each with whether it is new. Raises UploadError for a form that is none, for too many parts and past
    the caps of the shelf; what was whole by then stays kept, the file that was on its way is gone.
    """

    def __init__(self, shelf: Shelf, content_type: str, size: int | None = None) -> None:
        from python_multipart.exceptions import FormParserError
        from python_multipart.multipart import MultipartParser, parse_options_header

        self.shelf, self.kept = shelf, list[tuple[Upload, bool]]()
        self._size, self._errors = size, FormParserError
        self._parse_header = parse_options_header
        self._coming: Coming | None = None
        self._fields = self._bytes = 0
        self._whole = False
        kind, options = parse_options_header(content_type)
        if kind != b"multipart/form-data" or not options.get(b"boundary"):
            raise UploadError("no_form", 415)
        calls = {
            "on_part_begin": self._begin,
            "on_header_field": self._field,
            "on_header_value": self._value,
            "on_header_end": self._header,
            "on_headers_finished": self._headers,
            "on_part_data": self._data,
            "on_part_end": self._end,
            "on_end": self._finished,
        }
        try:
            self._parser = MultipartParser(options[b"boundary"], calls)  # type: ignore[arg-type]
        except FormParserError as error:
            raise UploadError("no_form", 415) from error

    def __enter__(self) -> Incoming:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._coming:
            self._coming.close()

    def feed(self, piece: bytes) -> None:
        """Take the next bytes of the form."""
        try:
            self._parser.write(piece)
        except self._errors as error:
            raise UploadError("broken", 400) from error

    def finish(self) -> list[tuple[Upload, bool]]:
        """Say that all bytes have come, and return what was kept."""
        if not self._whole:
            raise UploadError("broken", 400)
        return self.kept

    def _finished(self) -> None:
        self._whole = True

    def _begin(self) -> None:
        self._name, self._key, self._said, self._disposition = "", b"", b"", b""

    def _field(self, data: bytes, start: int, end: int) -> None:
        self._key += data[start:end]

    def _value(self, data: bytes, start: int, end: int) -> None:
        self._said += data[start:end]

    def _header(self) -> None:
        if self._key.lower() == b"content-disposition":
            self._disposition = self._said
        self._key = self._said = b""

    def _headers(self) -> None:
        _, options = self._parse_header(self._disposition)
        if b"filename" not in options:
            self._fields += 1
            if self._fields > _FIELDS:
                raise UploadError("parts", 413, files=self.shelf.caps.files)
            return
        if not options[b"filename"]:
            # What a form sends where no file was chosen.
            return
        if len(self.kept) >= self.shelf.caps.files:
            raise UploadError("parts", 413, files=self.shelf.caps.files)
        self._name = options[b"filename"].decode("utf-8", "replace")
        self._coming = Coming(self.shelf, self._size)

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._coming:
            self._coming.write(data[start:end])
            return
        self._bytes += end - start
        if self._bytes > _FIELD_BYTES:
            raise UploadError("broken", 400)

    def _end(self) -> None:
        if not self._coming:
            return
        coming, self._coming = self._coming, None
        with coming:
            self.kept.append(coming.keep(self._name))
