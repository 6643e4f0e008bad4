/**
 * All settings of the extension, in the order in which they are shown. `contributes.configuration` of
 * package.json is made of this table (`npm run contribute`), and a test holds the two together; another
 * holds it together with docs/language-server.md.
 */
export interface Setting {
  /** Behind "nextline.". */
  name: string;
  schema: Record<string, unknown> & { default: unknown };
  description: string;
  /** Whether a folder that is not trusted may not set it. */
  restricted?: boolean;
}

/** What the server reads. Defaults are the server's own: it is only told what somebody has set. */
export const serverSettings: readonly Setting[] = [
  {
    name: 'enabled',
    schema: { type: 'boolean', default: true },
    description: 'Whether Nextline completes anything at all. Without, the model does no work.',
  },
  {
    name: 'languages',
    schema: { type: 'object', default: {}, additionalProperties: { type: 'boolean' } },
    description:
      'For which languages it does, by their identifiers: `{"python": true, "*": false}`. `*` is for all ' +
      'that are not named. Of a document whose language is switched off, the server learns nothing.',
  },
  {
    name: 'automatic',
    schema: { type: 'boolean', default: true },
    description: 'Whether suggestions come by themselves, while you type.',
  },
  {
    name: 'suggestInComments',
    schema: { type: 'boolean', default: false },
    description: 'Whether they come by themselves in comments.',
  },
  {
    name: 'suggestInStrings',
    schema: { type: 'boolean', default: false },
    description: 'Whether they come by themselves in strings.',
  },
  {
    name: 'ignore',
    schema: { type: 'array', default: [], items: { type: 'string' } },
    description:
      'Files in which they do not come by themselves, in patterns like those of a `.gitignore` file, from a ' +
      'workspace folder on or, with a slash in front, of the whole machine. What git ignores, and what looks ' +
      'like a secret, is ignored anyway.',
  },
  {
    name: 'maxTokens',
    schema: { type: 'integer', default: 64, minimum: 1, maximum: 1024 },
    description: 'How many tokens a suggestion has at the most.',
  },
  {
    name: 'extent',
    schema: {
      type: 'string',
      default: 'automatic',
      enum: ['line', 'block', 'automatic'],
      enumDescriptions: [
        'A line, or what is left of the statement.',
        'The block that the cursor opens, or the rest of the one around it.',
        'A block where the cursor opens one, else a line.',
      ],
    },
    description: 'How much a suggestion is to be.',
  },
  {
    name: 'openStatement',
    schema: {
      type: 'string',
      default: 'finish',
      enum: ['finish', 'cut'],
      enumDescriptions: ['It is finished.', 'It is cut where the line ends.'],
    },
    description: 'What becomes of a statement that a line leaves open.',
  },
  {
    name: 'leastConfidence',
    schema: { type: 'number', default: 0.05, minimum: 0, maximum: 1 },
    description: 'How sure the model must be of what it suggests by itself, from 0 to 1.',
  },
  {
    name: 'candidates',
    schema: { type: 'integer', default: 3, minimum: 1, maximum: 10 },
    description: 'How many suggestions there are at the most where you ask for them.',
  },
  {
    name: 'lookAhead',
    schema: { type: 'boolean', default: true },
    description: 'Whether the suggestion behind the one that is shown is prepared.',
  },
  {
    name: 'context.enabled',
    schema: { type: 'boolean', default: true },
    description: 'Whether the model sees what other files of the workspace define.',
  },
  {
    name: 'context.tokens',
    schema: { type: 'integer', default: 0, minimum: 0, maximum: 65536 },
    description: 'How many tokens of that it sees at the most; 0: as many as this machine can take.',
  },
];

/** What the extension reads itself. A change of `server.…` starts the server anew. */
export const ownSettings: readonly Setting[] = [
  {
    name: 'server.path',
    schema: { type: 'string', default: '', scope: 'machine-overridable' },
    description:
      'The server, `nextline`. Empty: the one that came with the extension, else the one on your PATH.',
    restricted: true,
  },
  {
    name: 'server.arguments',
    schema: { type: 'array', default: [], items: { type: 'string' }, scope: 'machine-overridable' },
    description: 'What is said to `nextline serve` besides, for example `["--threads", "4"]`.',
    restricted: true,
  },
  {
    name: 'server.model',
    schema: { type: 'string', default: '', scope: 'machine-overridable' },
    description:
      'The model, by its name (see the command *Nextline: Choose Model*) or as the path of a GGUF file. ' +
      'Empty: the server’s own choice.',
    restricted: true,
  },
  {
    name: 'trace.server',
    schema: { type: 'string', default: 'off', enum: ['off', 'messages', 'verbose'] },
    description: 'What is written into the log of the messages between Visual Studio Code and the server.',
  },
];

/** `contributes.configuration.properties` of package.json. */
export function contributedProperties(): Record<string, unknown> {
  const properties: Record<string, unknown> = {};
  [...serverSettings, ...ownSettings].forEach((setting, order) => {
    properties[`nextline.${setting.name}`] = {
      order,
      ...setting.schema,
      markdownDescription: setting.description,
    };
  });
  return properties;
}

/** `capabilities.untrustedWorkspaces.restrictedConfigurations` of package.json. */
export function restrictedSettings(): string[] {
  return ownSettings.filter((setting) => setting.restricted).map((setting) => `nextline.${setting.name}`);
}
