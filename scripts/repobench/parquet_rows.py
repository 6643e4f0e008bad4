"""Writes the rows of RepoBench's Parquet files to standard output, one a line of JSON."""

import json
import os
import sys

import pyarrow
import pyarrow.parquet

# What a row has; other columns are left out.
COLUMNS = ("repo_name", "file_path", "context", "import_statement", "cropped_code", "all_code", "next_line",
           "gold_snippet_index", "level")
SNIPPET_FIELDS = ("identifier", "path", "snippet")

# In memory at once; published rows have some 60 KB.
ROWS_AT_ONCE = 256


class FileError(Exception):
    """A sentence about a file that cannot be used."""


def listed(names):
    return ", ".join(f'"{name}"' for name in names)


def check_columns(path, schema):
    missing = [name for name in COLUMNS if name not in schema.names]
    if missing:
        raise FileError(f"{path} is no file of RepoBench v1.1: it lacks the columns {listed(missing)}; "
                        f"it has {listed(schema.names)}.")
    context = schema.field("context").type
    snippet = context.value_type if pyarrow.types.is_list(context) or pyarrow.types.is_large_list(context) else None
    if snippet is None or not pyarrow.types.is_struct(snippet):
        raise FileError(f'{path} is no file of RepoBench v1.1: its column "context" holds no lists of snippets, '
                        f"but {context}.")
    missing = [name for name in SNIPPET_FIELDS if snippet.get_field_index(name) < 0]
    if missing:
        raise FileError(f"{path} is no file of RepoBench v1.1: its snippets lack {listed(missing)}.")


def open_file(path):
    try:
        file = pyarrow.parquet.ParquetFile(path)
    except (OSError, pyarrow.ArrowException) as error:
        raise FileError(f"{path} cannot be read as a Parquet file: {error}") from error
    check_columns(path, file.schema_arrow)
    return file


def row_as_json(row):
    # In the order of the columns above, which is not the file's.
    known = {name: row[name] for name in COLUMNS}
    if known["context"] is not None:
        known["context"] = [snippet and {name: snippet[name] for name in SNIPPET_FIELDS} for snippet in row["context"]]
    return json.dumps(known, ensure_ascii=False)


def write_rows(path, file, output):
    try:
        for batch in file.iter_batches(batch_size=ROWS_AT_ONCE, columns=list(COLUMNS)):
            for row in batch.to_pylist():
                output.write(row_as_json(row).encode() + b"\n")
    except (UnicodeDecodeError, pyarrow.ArrowException) as error:
        raise FileError(f"{path} is damaged: {error}") from error


def main(paths):
    if not paths or any(path.startswith("-") for path in paths):
        print("usage: scripts/repobench_rows FILE.parquet... > rows.jsonl", file=sys.stderr)
        return 2
    try:
        # All are looked at before the first row is written: they are large.
        files = [(path, open_file(path)) for path in paths]
        for path, file in files:
            write_rows(path, file, sys.stdout.buffer)
        sys.stdout.flush()
    except FileError as error:
        print(f"scripts/repobench_rows: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        # Whoever reads has enough. Nothing may be flushed to it when the interpreter ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
