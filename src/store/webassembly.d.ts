// The part of the WebAssembly API in use. TypeScript has it only in its DOM library, which would bring a browser's globals along.
declare namespace WebAssembly {
  interface Exports {
    readonly [name: string]: unknown;
    /** What wasm-bindgen adds to a module that has something to do first. */
    __wbindgen_start?(): void;
  }
  function instantiate(
    bytes: Uint8Array,
    imports: Record<string, Record<string, unknown>>,
  ): Promise<{ instance: { exports: Exports } }>;
}
