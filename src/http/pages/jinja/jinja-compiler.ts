import { Autoescape, Do, Items, Slice, With } from './jinja-nodes.js';
import { parseJinja } from './jinja-parser.js';
import { compiler, lib, nodes, runtime, transform } from './nunjucks-internals.js';
import type { CompileFrame, NodeType, SyntaxNode } from './nunjucks-internals.js';
import { items, modulo, pythonMember, pythonText, slice } from './python-values.js';

const ours = [Autoescape, Do, Items, Slice, With];
const escapeFlag = 'env.opts.autoescape';

type Node<Fields extends string> = SyntaxNode & Record<Fields, SyntaxNode>;

/** Writes JavaScript for the nodes of `jinja-nodes.ts`, and Python's `%` for nunjucks' own. */
class JinjaCompiler extends compiler.Compiler {
  #autoescape = '';

  override _emit(code: string): void {
    super._emit(this.#autoescape === '' ? code : code.replaceAll(escapeFlag, this.#autoescape));
  }

  override assertType(node: SyntaxNode, ...types: NodeType[]): void {
    if (!ours.some((type) => node instanceof type)) super.assertType(node, ...types);
  }

  compileMod(node: SyntaxNode, frame: CompileFrame): void {
    this.#emitCall('modulo', [node.left, node.right], frame);
  }

  compileSlice(node: Node<'list' | 'start' | 'stop' | 'step'>, frame: CompileFrame): void {
    this.#emitCall('slice', [node.list, node.start, node.stop, node.step], frame);
  }

  compileItems(node: Node<'target' | 'list' | 'condition'>, frame: CompileFrame): void {
    const { target, list, condition } = node;
    const several = nodes['Array'] !== undefined && target instanceof nodes['Array'];
    this._emit(`runtime.items(`);
    this.compile(list, frame);
    this._emit(`, ${several}`);
    if ((condition as SyntaxNode | null) !== null) {
      const inner = frame.push();
      const item = this._tmpid();
      const names = several ? target.children : [target];
      names.forEach((name, index) =>
        inner.set(String(name.value), several ? `${item}[${index}]` : item),
      );
      this._emit(`, function(${item}) { return (`);
      this.compile(condition, inner);
      this._emit('); }');
    }
    this._emit(')');
  }

  compileWith(node: Node<'targets' | 'values'>, frame: CompileFrame): void {
    const { targets, values, body } = node;
    const ids = values.children.map((value) => {
      const id = this._tmpid();
      this._emit(`var ${id} = (`);
      this.compile(value, frame);
      this._emitLine(');');
      return id;
    });
    const inner = frame.push();
    this._emitLine('frame = frame.push();');
    targets.children.forEach((target, index) => {
      const name = String(target.value);
      inner.set(name, ids[index] ?? '');
      this._emitLine(`frame.set(${JSON.stringify(name)}, ${ids[index]});`);
    });
    this._withScopedSyntax(() => this.compile(body, inner));
    this._emitLine('frame = frame.pop();');
  }

  compileAutoescape(node: Node<'on'>, frame: CompileFrame): void {
    const outer = this.#autoescape;
    this.#autoescape = String(node.on.value);
    this.compile(node.body, frame);
    this.#autoescape = outer;
  }

  compileDo(node: Node<'expression'>, frame: CompileFrame): void {
    this.compile(node.expression, frame);
    this._emitLine(';');
  }

  #emitCall(name: string, args: (SyntaxNode | null)[], frame: CompileFrame): void {
    this._emit(`runtime.${name}(`);
    args.forEach((arg, index) => {
      if (index > 0) this._emit(', ');
      if (arg) this.compile(arg, frame);
      else this._emit('null');
    });
    this._emit(')');
  }
}

/** A compiled template: `root`, and its blocks as `b_<name>`. */
export type CompiledTemplate = Record<string, unknown>;

type Render = (
  env: unknown,
  context: unknown,
  frame: unknown,
  base: unknown,
  done: unknown,
) => void;

const jinjaRuntime = {
  ...runtime,
  items,
  modulo,
  slice,
  memberLookup: (object: unknown, key: unknown): unknown => {
    const own = pythonMember(object, key);
    return own === undefined ? runtime.memberLookup(object, key) : own;
  },
  suppressValue: (value: unknown, autoescape: boolean): unknown =>
    runtime.suppressValue(pythonText(value), autoescape),
};

/**
 * Compiles a template with our parser and compiler.
 *
 * @throws nunjucks' error, with file, line and column.
 */
export function compileJinja(source: string, name: string, path: string): CompiledTemplate {
  try {
    const code = new JinjaCompiler(name, false);
    code.compile(transform(parseJinja(source), [], name));
    // eslint-disable-next-line @typescript-eslint/no-implied-eval -- nunjucks' way: the code is its own
    const evaluate = new Function(code.getCode()) as () => CompiledTemplate;
    const compiled = evaluate();
    const entries = Object.entries(compiled).map(([key, value]) => [key, withRuntime(value)]);
    return Object.fromEntries(entries) as CompiledTemplate;
  } catch (error) {
    throw lib._prettifyError(path, false, error);
  }
}

/** Hands our runtime to compiled code in place of the one that the whole process shares. */
function withRuntime(value: unknown): unknown {
  if (typeof value !== 'function') return value;
  const render: Render = (env, context, frame, _base, done) =>
    (value as Render)(env, context, frame, jinjaRuntime, done);
  return render;
}
