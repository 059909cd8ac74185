// `deepaas new`: makes a model project from a template.
import { Command, Option } from "commander";
import { placeholder, type TemplateName, templates } from "../new/templates.ts";
import { shellWord } from "../terminal/shell-word.ts";
import { styled } from "../terminal/style.ts";

interface NewOptions {
  readonly template: TemplateName;
  readonly list?: true;
}

export function newCommand(): Command {
  return new Command("new")
    .description("make a model project from a template")
    .argument("[dir]", "folder of the project; it must be empty or not exist yet", placeholder)
    .addOption(new Option("--template <name>", "template to copy").choices(Object.keys(templates)).default("hello"))
    .option("--list", "print the templates")
    .action(async (dir: string, { template, list }: NewOptions) => {
      process.stdout.write(list ? await templateList() : await made(dir, template));
    });
}

async function templateList(): Promise<string> {
  const { definitions } = await import("../terminal/table.ts");
  return definitions(Object.entries(templates));
}

/** Makes the project. Returns what to do next. */
async function made(dir: string, template: TemplateName): Promise<string> {
  const { newProject } = await import("../new/new-project.ts");
  const { name, files } = newProject(dir, template);
  const next = [...(dir === "." ? [] : [`cd ${shellWord(dir)}`]), "npm install", "npm start"];
  const title = `${styled("green", "made")} ${styled("bold", name)} from the template ${template}: ${files.length} files`;
  return `${title}\n\n${next.map((command) => `  ${command}\n`).join("")}`;
}
