import { Argument, type Command } from "commander";
import { bashCompletion, fishCompletion, zshCompletion } from "../completion/scripts.ts";
import type { Io } from "../io.ts";

const scripts = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion };

export function addCompletion(program: Command, io: Io): void {
  program
    .command("completion")
    .summary("print a completion script for your shell")
    .description("Prints a script that completes commands and flags.")
    .addArgument(new Argument("<shell>", "your shell").choices(Object.keys(scripts)))
    .addHelpText(
      "after",
      `
Examples:
  source <(signalbox completion bash)                  in ~/.bashrc
  source <(signalbox completion zsh)                   in ~/.zshrc, after compinit
  signalbox completion fish > ~/.config/fish/completions/signalbox.fish`,
    )
    .action((shell: keyof typeof scripts) => io.out.write(scripts[shell](program)));
}
