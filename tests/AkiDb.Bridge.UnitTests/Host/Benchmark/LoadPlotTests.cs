using System.Xml.Linq;
using AkiDb.Bridge.Host.Benchmark;

namespace AkiDb.Bridge.UnitTests.Host.Benchmark;

public sealed class LoadPlotTests
{
    private static readonly LoadStage[] Load = [new(10, 10, 0, 5, 9), new(100, 99, 0, 6, 20), new(200, 120, 30, 400, 2000)];

    [Fact]
    public void Picture_has_a_point_for_each_rate_within_its_frame()
    {
        var svg = XElement.Parse(LoadPlot.Draw(new BenchResult("<a & b>", 5, 9, 1000, Load, 100)));

        var curves = svg.Elements().Where(element => element.Name.LocalName == "polyline").ToList();
        Assert.Equal(2, curves.Count);
        foreach (var curve in curves)
        {
            var points = curve.Attribute("points")!.Value.Split(' ').Select(point => point.Split(',').Select(number => double.Parse(number, System.Globalization.CultureInfo.InvariantCulture)).ToArray()).ToList();
            Assert.Equal(Load.Length, points.Count);
            Assert.All(points, point => Assert.True(point[0] is >= 70 and <= 700 && point[1] is >= 40 and <= 365, $"{point[0]}, {point[1]}"));
            Assert.Equal(points.OrderBy(point => point[0]), points);
            Assert.Equal(points.OrderByDescending(point => point[1]), points);
        }

        Assert.Contains(svg.Elements(), element => element.Value.Contains("<a & b>", StringComparison.Ordinal));
        Assert.Contains(svg.Elements(), element => element.Value == "bends after 100/s");
    }

    [Fact]
    public void Rate_at_which_nothing_was_answered_has_no_point()
    {
        var svg = XElement.Parse(LoadPlot.Draw(new BenchResult("", 0, 0, 0, [new LoadStage(10, 0, 10, 0, 0)], null)));

        Assert.DoesNotContain(svg.Elements(), element => element.Name.LocalName == "polyline");
    }
}
