// The frames of the Language Server Protocol.

/** Takes pieces of a stream and hands on the messages in it. */
export function messages(take) {
  let rest = Buffer.alloc(0);
  return (piece) => {
    rest = Buffer.concat([rest, piece]);
    for (;;) {
      const end = rest.indexOf('\r\n\r\n');
      if (end < 0) return;
      const length = Number(/Content-Length: (\d+)/.exec(rest.toString('latin1', 0, end))[1]);
      if (rest.length < end + 4 + length) return;
      const content = rest.toString('utf8', end + 4, end + 4 + length);
      rest = rest.subarray(end + 4 + length);
      take(JSON.parse(content));
    }
  };
}

export function framed(message) {
  const content = Buffer.from(JSON.stringify(message));
  return Buffer.concat([Buffer.from(`Content-Length: ${content.length}\r\n\r\n`), content]);
}
