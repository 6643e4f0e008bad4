// Writes the settings of src/settingsTable.ts into package.json.

import { readFileSync, writeFileSync } from 'node:fs';
import { contributedProperties, restrictedSettings } from '../src/settingsTable';

const file = 'package.json';
const manifest = JSON.parse(readFileSync(file, 'utf8')) as {
  contributes: { configuration: { properties: unknown } };
  capabilities: { untrustedWorkspaces: { restrictedConfigurations: unknown } };
};
manifest.contributes.configuration.properties = contributedProperties();
manifest.capabilities.untrustedWorkspaces.restrictedConfigurations = restrictedSettings();
writeFileSync(file, `${JSON.stringify(manifest, undefined, 2)}\n`);
