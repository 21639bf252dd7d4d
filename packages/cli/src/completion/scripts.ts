/** Completion scripts made from the commands themselves, so that they cannot disagree. */
import type { Command } from "commander";

interface Entry {
  /** The command's words after `signalbox`: "spool flush". */
  path: string;
  summary: string;
  flags: Array<{ name: string; description: string }>;
  children: string[];
}

export function bashCompletion(program: Command): string {
  const cases = entriesOf(program).map(({ path, children, flags }) => {
    const words = [...children, ...flags.map((flag) => flag.name)].join(" ");
    return `    ${JSON.stringify(path)}) words=${JSON.stringify(words)} ;;`;
  });
  return `# signalbox completion for bash
_signalbox() {
  local word path="" words="" i
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="\${COMP_WORDS[i]}"
    [[ "$word" == -- ]] && { COMPREPLY=($(compgen -c -f -- "\${COMP_WORDS[COMP_CWORD]}")); return; }
    _signalbox_is_command "\${path:+$path }$word" && path="\${path:+$path }$word"
  done
  case "$path" in
${cases.join("\n")}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
_signalbox_is_command() {
  case "$1" in
    ${namesOf(program)
      .map((name) => JSON.stringify(name))
      .join("|")}) return 0 ;;
  esac
  return 1
}
complete -F _signalbox signalbox
`;
}

export function zshCompletion(program: Command): string {
  const cases = entriesOf(program).map(({ path, children, flags }) => {
    const found = [...children.map((name) => describedChild(program, path, name)), ...flags.map(described)];
    return `    ${JSON.stringify(path)}) found=(${found.map(singleQuoted).join(" ")}) ;;`;
  });
  return `#compdef signalbox
# signalbox completion for zsh
_signalbox() {
  local at="" word i
  local -a names found
  names=(${namesOf(program).map(singleQuoted).join(" ")})
  for ((i = 2; i < CURRENT; i++)); do
    word="\${words[i]}"
    if [[ "$word" == -- ]]; then
      shift i words
      (( CURRENT -= i ))
      _normal
      return
    fi
    (( \${names[(Ie)\${at:+$at }$word]} )) && at="\${at:+$at }$word"
  done
  case "$at" in
${cases.join("\n")}
  esac
  _describe 'signalbox' found
}
compdef _signalbox signalbox
`;
}

export function fishCompletion(program: Command): string {
  const lines = entriesOf(program).flatMap(({ path, children, flags }) => {
    const when = `-n ${singleQuoted(`__signalbox_at ${path}`.trimEnd())}`;
    return [
      ...children.map((name) => {
        const summary = entriesOf(program).find((entry) => entry.path === `${path} ${name}`.trim())?.summary ?? "";
        return `complete -c signalbox -f ${when} -a ${name} -d ${singleQuoted(summary)}`;
      }),
      ...flags.map(({ name, description }) => {
        const kind = name.startsWith("--") ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`;
        return `complete -c signalbox -f ${when} ${kind} -d ${singleQuoted(description)}`;
      }),
    ];
  });
  const names = namesOf(program).map(singleQuoted).join(" ");
  return `# signalbox completion for fish
function __signalbox_at
    set -l names ${names}
    set -l path
    for word in (commandline -opc)[2..-1]
        set -l longer (string join ' ' -- $path $word)
        contains -- $longer $names; and set path $path $word
    end
    test "$path" = "$argv"
end
${lines.join("\n")}
`;
}

/** The program itself first, with the empty path; then all commands, depth first. */
function entriesOf(program: Command): Entry[] {
  const visit = (command: Command, path: string): Entry[] => {
    const children = command.commands.filter((child) => child.name() !== "help");
    const own: Entry = {
      path,
      summary: command.summary() || command.description(),
      flags: [
        ...command.options.map((option) => ({
          name: option.long ?? option.short ?? option.flags,
          description: option.description,
        })),
        { name: "--help", description: "show help" },
      ],
      children: children.map((child) => child.name()),
    };
    return [own, ...children.flatMap((child) => visit(child, `${path} ${child.name()}`.trim()))];
  };
  return visit(program, "");
}

const namesOf = (program: Command): string[] => entriesOf(program).flatMap(({ path }) => (path === "" ? [] : [path]));

const described = ({ name, description }: { name: string; description: string }): string =>
  `${name}:${description.replaceAll(":", "\\:")}`;

const describedChild = (program: Command, path: string, name: string): string =>
  described({
    name,
    description: entriesOf(program).find((entry) => entry.path === `${path} ${name}`.trim())?.summary ?? "",
  });

const singleQuoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
