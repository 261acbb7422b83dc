using Quorate.Simulation.Diagrams;
using Xunit;

namespace Quorate.Tests.Scenarios;

/// <summary>Where the labels of arrows go in a diagram.</summary>
public sealed class LabelPlacesTests
{
    [Fact]
    public void A_label_gives_way_to_what_stands_on_its_arrow_and_to_the_labels_before_it()
    {
        var places = new LabelPlaces();
        var box = new Area(90, 90, 60, 20);
        places.Take(box);
        var found = new List<Area>();
        for (int i = 0; i < 3; i++)
        {
            (int x, int y) = places.Place("have 2", 0, 100, 200, 100);
            int width = LabelPlaces.WidthOf("have 2");
            var area = new Area(x - (width / 2), y - LabelPlaces.TextHeight + 2, width, LabelPlaces.TextHeight);
            Assert.Equal(0, area.Shared(box));
            Assert.All(found, other => Assert.Equal(0, area.Shared(other)));
            found.Add(area);
        }
    }
}
