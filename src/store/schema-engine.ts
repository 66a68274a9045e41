import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { PrismaPg } from '@prisma/adapter-pg';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import pg from 'pg';
import type { SchemaEngine } from '@prisma/schema-engine-wasm/schema_engine_bg';

interface EngineModule {
  readonly SchemaEngine: typeof SchemaEngine;
  __wbg_set_wasm(exports: WebAssembly.Exports): void;
}

const ENGINE_MODULE = '@prisma/schema-engine-wasm/schema_engine_bg';

/**
 * Loads Prisma's schema engine as WebAssembly: what `prisma migrate` runs as a native binary, which would
 * have to be downloaded. The package's own entry point imports its `.wasm` as a module, which Node 20
 * does only behind a flag, so it is instantiated here.
 */
async function loadEngineModule(): Promise<EngineModule> {
  const engine = (await import(ENGINE_MODULE)) as EngineModule; // the package types its exports, not the wasm setter
  const entryPoint = createRequire(import.meta.url).resolve(ENGINE_MODULE);
  const file = path.join(path.dirname(entryPoint), 'schema_engine_bg.wasm');
  const { instance } = await WebAssembly.instantiate(await readFile(file), {
    './schema_engine_bg.js': { ...engine },
  });
  engine.__wbg_set_wasm(instance.exports);
  instance.exports.__wbindgen_start?.();
  return engine;
}

/**
 * Prisma's adapter cuts a script at every `;`, those inside strings, comments and functions too. PostgreSQL
 * takes it whole, and runs it in one transaction.
 */
class WholeScriptPg extends PrismaPg {
  readonly #pool: pg.Pool;
  /** What PostgreSQL said of a script. The engine reports only that an external error happened. */
  scriptError: unknown;

  constructor(pool: pg.Pool) {
    super(pool);
    this.#pool = pool;
  }

  override async connect() {
    const adapter = await super.connect();
    adapter.executeScript = async (script) => {
      try {
        await this.#pool.query(script);
      } catch (error) {
        this.scriptError = error;
        throw error;
      }
    };
    return adapter;
  }
}

let engineModule: Promise<EngineModule> | undefined;

/** Runs `use` with a schema engine connected to a database; `datamodel` is the text of a schema.prisma. */
export async function withSchemaEngine<T>(
  databaseUrl: string,
  datamodel: string | undefined,
  use: (engine: SchemaEngine) => Promise<T>,
): Promise<T> {
  engineModule ??= loadEngineModule();
  const { SchemaEngine } = await engineModule;
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 1 });
  const adapter = new WholeScriptPg(pool);
  try {
    const engine = await SchemaEngine.new(
      { datamodels: datamodel === undefined ? undefined : [['schema.prisma', datamodel]] },
      () => undefined,
      bindMigrationAwareSqlAdapterFactory(adapter),
    );
    try {
      return await use(engine);
    } catch (error) {
      throw adapter.scriptError ?? error;
    } finally {
      engine.free();
    }
  } finally {
    await pool.end();
  }
}
