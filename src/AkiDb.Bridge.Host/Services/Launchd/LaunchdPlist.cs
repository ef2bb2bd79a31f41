using System.Globalization;
using System.Xml.Linq;

namespace AkiDb.Bridge.Host.Services.Launchd;

/// <summary>Writes the property list of a service. Every key is documented in launchd.plist(5).</summary>
internal static class LaunchdPlist
{
    // launchd's own is bare: interpreters and tools that people install are not on it.
    private const string SearchPath = "/opt/homebrew/bin:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin";
    private const int ThrottleSeconds = 10;
    private const int OpenFiles = 65536;

    /// <summary>The list's text.</summary>
    /// <param name="settings">The service.</param>
    /// <param name="label">What launchd calls it.</param>
    /// <param name="logs">The folder of its log files.</param>
    public static string Render(ServiceSettings settings, string label, string logs)
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["PATH"] = SearchPath };
        foreach (var (name, value) in settings.Environment)
        {
            environment[name] = value;
        }

        var list = new XDocument(
            new XElement("plist", new XAttribute("version", "1.0"), new XElement(
                "dict",
                Text("Label", label),
                Key("ProgramArguments", new XElement("array", new[] { settings.Program, "serve" }.Concat(settings.Arguments).Select(argument => new XElement("string", argument)))),
                Key("EnvironmentVariables", new XElement("dict", environment.Select(variable => Text(variable.Key, variable.Value)))),
                Key("RunAtLoad", new XElement("true")),

                // Started again after a failure only: a stop on request stays one.
                Key("KeepAlive", new XElement("dict", Key("SuccessfulExit", new XElement("false")))),
                Number("ThrottleInterval", ThrottleSeconds),
                Number("ExitTimeOut", (int)Math.Ceiling(settings.StopLimit.TotalSeconds)),
                Text("ProcessType", "Interactive"),
                Text("WorkingDirectory", "/"),
                Text("StandardOutPath", $"{logs}/{label}.log"),
                Text("StandardErrorPath", $"{logs}/{label}.log"),
                Number("Umask", 63),
                Key("SoftResourceLimits", new XElement("dict", Number("NumberOfFiles", OpenFiles))))));
        return $"""<?xml version="1.0" encoding="UTF-8"?>{"\n"}{list}{"\n"}""";
    }

    private static object[] Key(string name, XElement value) => [new XElement("key", name), value];

    private static object[] Text(string name, string value) => Key(name, new XElement("string", value));

    private static object[] Number(string name, int value) => Key(name, new XElement("integer", value.ToString(CultureInfo.InvariantCulture)));
}
