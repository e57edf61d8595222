/** Loads a module of `client/`, plain JavaScript of the browser; those that need no document run in Node too. */
export async function loadClientModule<Module>(file: string): Promise<Module> {
  const url = new URL(`../../client/${file}`, import.meta.url);
  return (await import(url.href)) as Module;
}
