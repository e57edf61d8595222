import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

interface Manifest {
  dependencies: Record<string, string>;
  optionalDependencies: Record<string, string>;
  devDependencies: Record<string, string>;
}
interface LockEntry {
  version: string;
  dev?: boolean;
  hasInstallScript?: boolean;
}

function readJson(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8'));
}

const manifest = readJson('package.json') as Manifest;
const { packages } = readJson('package-lock.json') as { packages: Record<string, LockEntry> };

describe('what npm installs (docs/architecture.md, "Packaging")', () => {
  it("copies node-av of the same version as FFmpeg's binaries", () => {
    const binaries = Object.entries(manifest.optionalDependencies).filter(([name]) =>
      name.startsWith('@seydx/node-av-'),
    );
    expect(binaries.length).toBeGreaterThan(0);
    for (const [name, version] of binaries) {
      expect({ name, version }).toEqual({ name, version: manifest.devDependencies['node-av'] });
    }
    expect(packages['node_modules/node-av']?.version).toBe(manifest.devDependencies['node-av']);
    expect(manifest.dependencies).not.toHaveProperty('node-av');
  });

  it('runs no install script of a dependency in a clone', () => {
    const scripted = Object.keys(packages).filter((name) => packages[name]?.hasInstallScript);
    expect(scripted, 'delete these "hasInstallScript" lines from package-lock.json').toEqual([]);
  });

  it('names no registry host in the lock file', () => {
    expect(readFileSync(new URL('../../package-lock.json', import.meta.url), 'utf8')).not.toMatch(
      /"resolved": "https?:/,
    );
  });
});
