#!/usr/bin/env bash
# Keeps a few copies of a folder.
set -euo pipefail

MOST_COPIES=5
source_folder=${1:?usage: backup.sh FOLDER}
declare -a copies=()

say() {
  printf '%s\n' "backup: $*" >&2
}

function list_copies {
  local folder=$1
  for copy in "$folder".copy-*; do
    if [[ -d $copy ]]; then
      copies+=("$copy")
    fi
  done
}

remove_oldest() {
  local surplus=$((${#copies[@]} - MOST_COPIES))
  while [ "$surplus" -gt 0 ]; do
    say "removing ${copies[0]} of $(basename "$source_folder")"
    rm -rf "${copies[0]}"
    copies=("${copies[@]:1}")
    surplus=$((surplus - 1))
  done
}

case "$source_folder" in
  /) say "not the whole disk"; exit 1 ;;
  *)
    list_copies "$source_folder"
    ;;
esac

cat > "$source_folder/README" <<TEXT
The copies of $source_folder, made on $(date +%F).
TEXT

cp -r "$source_folder" "$source_folder.copy-$(date +%s)"
remove_oldest
say "done"
