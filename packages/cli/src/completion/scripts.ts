// Scripts that complete the command line: each asks `deepaas __complete` with the words so far.
export const shells = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof shells)[number];

const scripts: Readonly<Record<Shell, string>> = {
  bash: `# deepaas completion bash > ~/.local/share/bash-completion/completions/deepaas
_deepaas() {
  local IFS=$'\\n'
  local words=("\${COMP_WORDS[@]:1:COMP_CWORD}")
  COMPREPLY=($(deepaas __complete -- "\${words[@]}" 2>/dev/null | cut -f1))
  if [ "\${COMPREPLY[0]}" = ":files" ]; then
    COMPREPLY=($(compgen -f -- "\${COMP_WORDS[COMP_CWORD]}"))
    compopt -o filenames
  fi
}
complete -F _deepaas deepaas
`,
  zsh: `#compdef deepaas
# deepaas completion zsh > "\${fpath[1]}/_deepaas"
_deepaas() {
  local -a lines items
  lines=("\${(@f)$(deepaas __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ "\${lines[1]}" == ":files" ]]; then _files; return; fi
  for line in $lines; do items+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}"); done
  _describe deepaas items
}
compdef _deepaas deepaas
`,
  fish: `# deepaas completion fish > ~/.config/fish/completions/deepaas.fish
function __deepaas_complete
  set -l words (commandline -opc) (commandline -ct)
  set -l lines (deepaas __complete -- $words[2..-1] 2>/dev/null)
  if test "$lines[1]" = ":files"
    __fish_complete_path (commandline -ct)
  else
    printf '%s\\n' $lines
  end
end
complete -c deepaas -f -a '(__deepaas_complete)'
`,
};

export function completionScript(shell: Shell): string {
  return scripts[shell];
}
