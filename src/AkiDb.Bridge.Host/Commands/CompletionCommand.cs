using System.CommandLine;

namespace AkiDb.Bridge.Host.Commands;

/// <summary><c>akidb-bridge completion</c>: what a shell reads to complete this program's commands and switches. The program itself says what they are.</summary>
internal static class CompletionCommand
{
    private static readonly Dictionary<string, string> Scripts = new(StringComparer.Ordinal)
    {
        ["bash"] = """
            _akidb_bridge() {
                local IFS=$'\n'
                COMPREPLY=($(compgen -W "$("$1" "[suggest:$COMP_POINT]" "$COMP_LINE" 2>/dev/null)" -- "$2"))
            }
            complete -o default -F _akidb_bridge akidb-bridge
            """,
        ["zsh"] = """
            #compdef akidb-bridge
            _akidb_bridge() {
                local -a found
                found=("${(@f)$(akidb-bridge "[suggest:$CURSOR]" "$BUFFER" 2>/dev/null)}")
                compadd -a found
                _files
            }
            compdef _akidb_bridge akidb-bridge
            """,
        ["fish"] = """
            complete -c akidb-bridge -a '(akidb-bridge "[suggest:"(string length -- (commandline -cp))"]" (commandline -cp) 2>/dev/null)'
            """,
        ["powershell"] = """
            Register-ArgumentCompleter -Native -CommandName akidb-bridge -ScriptBlock {
                param($word, $line, $position)
                akidb-bridge "[suggest:$position]" "$line" | Where-Object { $_ -like "$word*" } | ForEach-Object {
                    [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
                }
            }
            """,
    };

    private static readonly Argument<string> Shell = new("shell") { Description = "bash, zsh, fish or powershell." };

    public static Command Create()
    {
        var command = new BridgeCommand(
            "completion",
            "Prints what a shell reads to complete commands and switches.",
            "completion bash >> ~/.bash_completion",
            "completion fish > ~/.config/fish/completions/akidb-bridge.fish",
            "completion zsh > ~/.zsh/completions/_akidb-bridge",
            "completion powershell >> $PROFILE");
        Shell.AcceptOnlyFromAmong([.. Scripts.Keys]);
        command.Arguments.Add(Shell);
        command.SetAction(parsed => parsed.InvocationConfiguration.Output.WriteLine(Scripts[parsed.GetValue(Shell)!]));
        return command;
    }
}
