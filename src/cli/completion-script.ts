// Completion scripts of bash, zsh and fish, made from the command tree: names, options and choices, nothing that must be asked for.
import type { CommandSpec, OptionSpec } from "./command.ts"
import type { ShellName } from "./completion-shells.ts"

interface Node {
  /** Words from the program down: `config show`; empty: the program itself. */
  readonly path: string
  readonly summary: string
  readonly commands: readonly CommandSpec[]
  readonly options: readonly OptionSpec[]
  /** Words that its arguments may be, with what they mean; empty: files. */
  readonly offered: readonly { readonly name: string; readonly summary: string }[]
}

export function completionScript(shell: ShellName, tree: readonly CommandSpec[]): string {
  const top = { path: "", summary: "", commands: tree, options: [], offered: [] }
  const nodes = [top, ...tree.flatMap((spec) => nodesOf(spec, "", tree))]
  switch (shell) {
    case "bash":
      return bash(nodes)
    case "zsh":
      return zsh(nodes)
    case "fish":
      return fish(nodes)
    default:
      return shell satisfies never
  }
}

function nodesOf(spec: CommandSpec, above: string, tree: readonly CommandSpec[]): readonly Node[] {
  const path = above === "" ? spec.name : `${above} ${spec.name}`
  const commands = spec.commands ?? []
  const options = spec.options.filter((option) => option.unbuilt === undefined)
  const node = { path, summary: spec.summary, commands, options, offered: offeredBy(spec, tree) }
  return [node, ...commands.flatMap((child) => nodesOf(child, path, tree))]
}

function offeredBy(spec: CommandSpec, tree: readonly CommandSpec[]): Node["offered"] {
  return spec.arguments.flatMap(({ offers, summary }) => [
    ...(offers?.words ?? []).map((name) => ({ name, summary })),
    ...(offers?.commands === true ? tree : []),
  ])
}

function bash(nodes: readonly Node[]): string {
  const words = nodes.map(
    (node) => `    "${node.path}") words="${wordsOf(node).join(" ")}"${node.offered.length > 0 ? " files=no" : ""} ;;`,
  )
  const choices = choicesOf(nodes).map(([flags, values]) => `    ${flags.join("|")}) words="${values.join(" ")}" ;;`)
  return `# bash completion of regatta; put it where bash-completion looks, or source it
_regatta() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" path="" words="" files=yes at
  case "$previous" in
${choices.join("\n")}
  esac
  if [ -n "$words" ]; then COMPREPLY=($(compgen -W "$words" -- "$current")); return; fi
  for ((at = 1; at < COMP_CWORD; at++)); do
    case "\${path:+$path }\${COMP_WORDS[at]}" in
      ${pathsOf(nodes)
        .map((path) => `"${path}"`)
        .join("|")}) path="\${path:+$path }\${COMP_WORDS[at]}" ;;
    esac
  done
  case "$path" in
${words.join("\n")}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  if [ $files = yes ] && [ -n "$path" ] && [ "\${current:0:1}" != "-" ]; then COMPREPLY+=($(compgen -f -- "$current")); fi
}
complete -o filenames -F _regatta regatta
`
}

function zsh(nodes: readonly Node[]): string {
  const cases = nodes.map((node) => {
    const commands = [...node.commands, ...node.offered].map((spec) => quote(`${spec.name}:${spec.summary}`))
    const options = node.options.flatMap((option) =>
      flagsOf(option).map((flag) => quote(`${flag.replaceAll(":", "\\:")}:${option.summary}`)),
    )
    return `    ${quote(node.path)}) commands=(${commands.join(" ")}); options=(${options.join(" ")}) ;;`
  })
  const choices = choicesOf(nodes).map(
    ([flags, values]) => `    ${flags.join("|")}) compadd -- ${values.join(" ")}; return ;;`,
  )
  return `#compdef regatta
# zsh completion of regatta; put it as _regatta into a folder of $fpath
_regatta() {
  local -a commands options
  local where="" word at
  case "\${words[CURRENT-1]}" in
${choices.join("\n")}
  esac
  for ((at = 2; at < CURRENT; at++)); do
    word="\${where:+$where }\${words[at]}"
    case "$word" in
      ${pathsOf(nodes).map(quote).join("|")}) where="$word" ;;
    esac
  done
  case "$where" in
${cases.join("\n")}
  esac
  if [[ "\${words[CURRENT]}" == -* ]]; then _describe option options; return; fi
  if (( \${#commands} )); then _describe command commands; else _files; fi
}
if [ "$funcstack[1]" = "_regatta" ]; then _regatta "$@"; else compdef _regatta regatta; fi
`
}

function fish(nodes: readonly Node[]): string {
  const [, ...named] = nodes
  const top = named.filter((node) => !node.path.includes(" "))
  const lines = ["# fish completion of regatta; put it as regatta.fish into ~/.config/fish/completions"]
  for (const node of top) {
    lines.push(`complete -c regatta -f -n __fish_use_subcommand -a ${node.path} -d ${quote(node.summary)}`)
  }
  for (const node of named) {
    const seen = node.path
      .split(" ")
      .map((word) => `__fish_seen_subcommand_from ${word}`)
      .join("; and ")
    for (const spec of node.commands) {
      lines.push(`complete -c regatta -f -n ${quote(seen)} -a ${spec.name} -d ${quote(spec.summary)}`)
    }
    for (const { name, summary } of node.offered) {
      lines.push(`complete -c regatta -f -n ${quote(seen)} -a ${name} -d ${quote(summary)}`)
    }
    for (const option of node.options) lines.push(`complete -c regatta -n ${quote(seen)} ${fishOption(option)}`)
  }
  return `${lines.join("\n")}\n`
}

function fishOption(option: OptionSpec): string {
  const names = flagsOf(option).map((flag) => (flag.startsWith("--") ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`))
  const value =
    option.choices !== undefined ? ` -x -a ${quote(option.choices.join(" "))}` : option.flags.includes("<") ? " -r" : ""
  return `${names.join(" ")}${value} -d ${quote(option.summary)}`
}

function wordsOf(node: Node): readonly string[] {
  return [...[...node.commands, ...node.offered].map(({ name }) => name), ...node.options.flatMap(flagsOf)]
}

function flagsOf(option: OptionSpec): readonly string[] {
  return option.flags.split(/[ ,]+/).filter((word) => word.startsWith("-"))
}

/** Options with a closed list of values, each once: an option of one name has the same choices in every command. */
function choicesOf(nodes: readonly Node[]): readonly (readonly [readonly string[], readonly string[]])[] {
  const choices = new Map<string, readonly [readonly string[], readonly string[]]>()
  for (const option of nodes.flatMap((node) => node.options)) {
    if (option.choices !== undefined) choices.set(option.flags, [flagsOf(option), option.choices])
  }
  return [...choices.values()]
}

function pathsOf(nodes: readonly Node[]): readonly string[] {
  return nodes.map((node) => node.path).filter((path) => path !== "")
}

/** A word of any of the three shells. */
function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
