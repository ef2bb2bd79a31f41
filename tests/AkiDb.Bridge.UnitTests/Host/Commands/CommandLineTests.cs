using System.CommandLine;
using AkiDb.Bridge.Host;
using AkiDb.Bridge.Host.Commands;

namespace AkiDb.Bridge.UnitTests.Host.Commands;

public sealed class CommandLineTests
{
    [Fact]
    public void Every_command_has_an_example_that_it_understands()
    {
        var root = CommandLine.Create();
        foreach (var command in Descendants(root))
        {
            var examples = Assert.IsType<BridgeCommand>(command).Examples;
            Assert.NotEmpty(examples);
            Assert.All(examples, example =>
            {
                var typed = example.Split(['>', '|'], 2)[0].Replace("\"", "", StringComparison.Ordinal).Replace("'", "", StringComparison.Ordinal);
                Assert.Empty(root.Parse(typed.Trim()).Errors);
            });
        }
    }

    [Fact]
    public void Help_fits_a_terminal_of_eighty_columns()
    {
        var root = CommandLine.Create();
        foreach (var command in Descendants(root).Append(root))
        {
            using var output = new StringWriter();
            root.Parse([.. Path(command), "--help"]).Invoke(new InvocationConfiguration { Output = output });
            Assert.All(output.ToString().Split('\n'), line => Assert.True(line.Length <= 80, line));
        }
    }

    [Theory]
    [InlineData("serve --prot 3", "'--prot' is no switch of serve. Did you mean --port? See akidb-bridge serve --help.")]
    [InlineData("emed", "'emed' is no command. Did you mean embed? See akidb-bridge --help.")]
    [InlineData("models convrt", "'convrt' is no command of models. Did you mean convert? See akidb-bridge models --help.")]
    [InlineData("--versoin", "'--versoin' is no switch of akidb-bridge. Did you mean --version? See akidb-bridge --help.")]
    [InlineData("serve --port", "Required argument missing for option: '--port'. See akidb-bridge serve --help.")]
    [InlineData("embed --normalize maybe hi", "Required argument missing for option: '--normalize'. See akidb-bridge embed --help.")]
    [InlineData("embed -o a -o b -i c", "Option '-o' expects a single argument but 2 were provided. See akidb-bridge embed --help.")]
    public void Mistake_is_one_sentence_with_what_was_meant(string typed, string sentence) =>
        Assert.Equal(sentence, Assert.IsType<UsageException>(UsageErrors.Find(CommandLine.Create().Parse(typed))).Message);

    [Theory]
    [InlineData("embed --format xyz -o a -i b", "--format xyz is none of csv, f32, jsonl, npy, parquet.")]
    [InlineData("embed --shard-rows many -o a -i b", "--shard-rows many is no whole number, or too large.")]
    [InlineData("embed --shard-rows 9223372036854775808 -o a -i b", "--shard-rows 9223372036854775808 is no whole number, or too large.")]
    [InlineData("completion tcsh", "shell tcsh is none of bash, fish, powershell, zsh.")]
    public void Value_that_is_not_accepted_is_no_mistake_in_the_command_line(string typed, string sentence) =>
        Assert.Equal(sentence, Assert.IsType<NotAcceptedException>(UsageErrors.Find(CommandLine.Create().Parse(typed))).Message);

    [Theory]
    [InlineData("serve --help --prot")]
    [InlineData("embed a b")]
    public void What_can_be_done_is_no_mistake(string typed) => Assert.Null(UsageErrors.Find(CommandLine.Create().Parse(typed)));

    [Fact]
    public void Version_names_the_commit_and_the_runtime()
    {
        using var output = new StringWriter();
        CommandLine.Create().Parse("--version").Invoke(new InvocationConfiguration { Output = output });
        Assert.Matches(@"^akidb-bridge \d+\.\d+\.\d+ \((commit [0-9a-f]{12}, )?\.NET 10\.[^,]+, [a-z]+-[a-z0-9]+\)\r?\n$", output.ToString());
    }

    private static IEnumerable<Command> Descendants(Command command) => command.Subcommands.SelectMany(inner => Descendants(inner).Prepend(inner));

    private static IEnumerable<string> Path(Command command) => command is RootCommand ? [] : Path((Command)command.Parents.Single()).Append(command.Name);
}
