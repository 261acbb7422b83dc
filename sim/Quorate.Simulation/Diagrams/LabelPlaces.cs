namespace Quorate.Simulation.Diagrams;

/// <summary>A rectangle of a drawing, in pixels.</summary>
internal readonly record struct Area(int X, int Y, int Width, int Height)
{
    /// <summary>How many square pixels two have in common.</summary>
    public int Shared(in Area other)
    {
        int width = Math.Min(X + Width, other.X + other.Width) - Math.Max(X, other.X);
        int height = Math.Min(Y + Height, other.Y + other.Height) - Math.Max(Y, other.Y);
        return width > 0 && height > 0 ? width * height : 0;
    }
}

/// <summary>
/// Finds each arrow's label a place along the arrow where it hides nothing and nothing hides it: boxes, names, other labels. Where there is none it
/// takes the one with the least in common.
/// </summary>
internal sealed class LabelPlaces
{
    public const int TextHeight = 11;
    private const int LetterWidth = 6; // of the widest of the small fonts, on average
    private const int BaselineAbove = 4;
    private const int BaselineBelow = 12;
    private const int LifePenalty = 12; // a label may cross a member's line, but reads better beside it

    // Percent of the arrow, in the order of preference: past the middle first, towards where the message goes.
    private static readonly int[] Along = [55, 45, 65, 35, 75, 28, 82, 20, 88];

    private readonly List<Area> taken = [];
    private readonly List<int> lives = [];

    /// <summary>The room that a text takes.</summary>
    public static int WidthOf(string text) => text.Length * LetterWidth;

    /// <summary>Nothing may be written here.</summary>
    public void Take(Area area) => taken.Add(area);

    /// <summary>A member's line runs down here.</summary>
    public void TakeLife(int x) => lives.Add(x);

    /// <summary>Finds a place for the middle of a text's baseline, and takes it.</summary>
    public (int X, int Y) Place(string text, int x1, int y1, int x2, int y2)
    {
        (int X, int Y) best = default;
        int least = int.MaxValue;
        int width = WidthOf(text);
        foreach (int offset in (int[])[-BaselineAbove, BaselineBelow])
        {
            foreach (int percent in Along)
            {
                int x = x1 + ((x2 - x1) * percent / 100);
                int y = y1 + ((y2 - y1) * percent / 100) + offset;
                int cost = Cost(AreaOf(x, y, width));
                if (cost < least)
                    (least, best) = (cost, (x, y));
            }
        }

        Take(AreaOf(best.X, best.Y, width));
        return best;
    }

    private static Area AreaOf(int x, int y, int width) => new(x - (width / 2), y - TextHeight + 2, width, TextHeight);

    private int Cost(Area area)
    {
        int cost = 0;
        foreach (Area other in taken)
            cost += area.Shared(other);
        foreach (int life in lives)
            cost += life > area.X && life < area.X + area.Width ? LifePenalty : 0;
        return cost;
    }
}
