using System.Net;
using System.Net.Sockets;
using Quorate.Consensus;

namespace Quorate.Transport;

/// <summary>Every peer and every connection: dials, greets, refuses, ends. Owner: the replica loop.</summary>
internal sealed class LinkTable : IConnectionOwner
{
    // Sockets whose other side has not said who it is; above this they are strangers' and closed at once.
    private const int StrangersMax = 64;

    private readonly List<Connection> connections = [];
    private readonly Admission admission;
    private readonly PeerBook peers;
    private readonly RefusalLog refusals;
    private readonly PeerTransportOptions options;
    private readonly BlockPool pool;
    private readonly IPeerEvents events;
    private readonly IPeerObserver observer;
    private readonly Dialer dialer;
    private readonly Prng prng;
    private readonly HashSet<NodeId> withoutCluster = [];
    private bool toldOfNoRoom;
    private bool toldOfGuests;
    private bool configured;

    public LinkTable(PeerTransportOptions options, BlockPool pool, IPeerEvents events, IPeerObserver observer, Dialer dialer)
    {
        (this.options, this.pool, this.events, this.observer, this.dialer) = (options, pool, events, observer, dialer);
        admission = new Admission(options.Self);
        peers = new PeerBook(options, admission.Instances);
        refusals = new RefusalLog(observer);
        prng = new Prng(options.Seed);
    }

    public List<Connection> Connections => connections;

    /// <summary>Every peer so far known.</summary>
    public PeerBook Peers => peers;

    /// <summary>The loop's time, set before anything else is called.</summary>
    public long Now { get; set; }

    /// <summary>Another configuration is in force, or it is known to be committed; <see cref="Configure"/> follows.</summary>
    public void Know(in ConfigurationInForce inForce)
    {
        admission.Instances.Know(inForce);
        configured = true;
    }

    /// <summary>Links with the members of the configuration in force, and ends what is not admitted any more.</summary>
    public void Configure()
    {
        Configuration configuration = admission.Instances.InForce.Configuration;
        if (configuration.Members.IsEmpty)
        {
            AskToRejoin();
            return;
        }

        foreach (PeerLink link in peers.Links)
            (link.Messages.Wanted, link.Rejoin.Wanted) = (true, false);
        foreach (Member member in configuration.Members.Concat(configuration.Outgoing))
        {
            if (member.Id != options.Self.Member)
                peers.To(member.Id).Reach(options.AddressesOf(configuration.Find(member.Id)!), Now, "the member's address has changed");
        }

        foreach (PeerLink link in peers.Links)
        {
            if (!admission.Instances.Names(link.Id))
                link.Reach([], Now, "no longer a member");
        }

        foreach (Connection connection in connections)
        {
            if (connection is { IsOpen: true, Other: { } other } && !admission.Instances.Admits(other.Member, other.Instance, connection.OtherKnew))
                connection.Close("the configuration names another instance");
        }
    }

    /// <summary>No configuration is known: this is a new instance of a member, which the others must take back before they talk to it.</summary>
    private void AskToRejoin()
    {
        foreach (Member member in options.RejoinThrough)
        {
            if (member.Id == options.Self.Member)
                continue;
            PeerLink link = peers.To(member.Id);
            (link.Messages.Wanted, link.Rejoin.Wanted) = (false, true);
            link.Reach(options.AddressesOf(member), Now, "the member's address has changed");
        }
    }

    /// <summary>Whether this member asks to be taken back: no configuration has reached it.</summary>
    private bool IsAsking => options.RejoinThrough.Count > 0 && admission.Instances.InForce.Configuration.Members.IsEmpty;

    /// <summary>Ends the links with a member.</summary>
    public void Drop(NodeId member, string cause)
    {
        foreach (Connection connection in connections)
        {
            if (connection is not { IsOpen: true, Link: { } link } || link.Peer.Id != member)
                continue;
            link.Peer.Counters.ReceiveFailed();
            connection.Close(cause);
        }
    }

    /// <summary>A peer has come.</summary>
    public void Accept(Socket socket)
    {
        if (connections.Count(c => c.Link is null) >= StrangersMax)
        {
            socket.Dispose();
            return;
        }

        string remote = socket.RemoteEndPoint?.ToString() ?? "";
        connections.Add(new Connection(socket, null, remote, this, options, pool, Now));
        toldOfNoRoom = false;
    }

    /// <summary>A peer has come and there is nothing to take it with.</summary>
    public void NotAccepted(string cause)
    {
        if (!toldOfNoRoom)
            observer.NotAccepted(cause);
        toldOfNoRoom = true;
    }

    /// <summary>Begins the dials that are due.</summary>
    public void Dial()
    {
        while (dialer.TryFetch(out Resolved answer))
        {
            answer.Link.Resolving = false;
            if (answer.At is null)
                DialFailed(answer.Link, answer.Remote, answer.Cause);
            else if (answer.Link.WantsDial)
                Begin(answer.Link, answer.At, answer.Remote);
        }

        foreach (PeerLink link in peers.Links)
        {
            DialIfDue(link.Messages);
            DialIfDue(link.Snapshots);
            DialIfDue(link.Rejoin);
        }
    }

    /// <summary>When something here is next due.</summary>
    public long Deadline()
    {
        long deadline = long.MaxValue;
        foreach (PeerLink link in peers.Links)
        {
            if (link.Messages.WantsDial)
                deadline = Math.Min(deadline, link.Messages.DialAt);
            if (link.Snapshots.WantsDial)
                deadline = Math.Min(deadline, link.Snapshots.DialAt);
            if (link.Rejoin.WantsDial)
                deadline = Math.Min(deadline, link.Rejoin.DialAt);
        }

        foreach (Connection connection in connections)
            deadline = Math.Min(deadline, connection.Deadline);
        return deadline;
    }

    /// <summary>Lets connections know the time, and puts away those that have ended.</summary>
    /// <returns>Whether the loop was told of anything.</returns>
    public bool Sweep()
    {
        bool told = false;
        for (int i = connections.Count - 1; i >= 0; i--)
        {
            Connection connection = connections[i];
            connection.Tick(Now);
            if (connection.State != ConnectionState.Closed)
                continue;
            connections.RemoveAt(i);
            connection.Dispose();
            told |= Ended(connection);
        }

        return told;
    }

    /// <inheritdoc/>
    public void Connected(Connection connection)
    {
        StreamLink link = connection.Link!;
        connection.Queue(Say(link.Peer.Id, link.Stream, HelloVerdict.Accepted));
        connection.IsDirty = true;
    }

    /// <inheritdoc/>
    public void HelloArrived(Connection connection, HelloVerdict read, Hello? hello)
    {
        if (hello is null)
            RefuseUnread(connection, read);
        else if (connection.Dialed)
            Answered(connection, hello);
        else
            Greeted(connection, hello);
    }

    /// <inheritdoc/>
    public bool FrameArrived(Connection connection, in Payload body)
    {
        PeerIdentity other = connection.Other!;
        return connection.Link!.Stream == PeerStream.Messages
            ? events.Received(other.Member, other.Instance, body)
            : events.SnapshotReceived(other.Member, other.Instance, body);
    }

    private void RefuseUnread(Connection connection, HelloVerdict read)
    {
        string reason = read == HelloVerdict.WrongVersion
            ? "it speaks another version of the peer protocol"
            : "what it sent is no hello of this protocol";
        Tell(connection, null, true, read, reason);
        if (read == HelloVerdict.WrongVersion && !connection.Dialed)
            Answer(connection, Say(NodeId.None, PeerStream.Messages, read), reason);
        else
            connection.Close(reason);
    }

    /// <summary>A peer came and said who it is.</summary>
    private void Greeted(Connection connection, Hello hello)
    {
        HelloVerdict verdict = admission.Judge(hello, NodeId.None, out string reason);
        Hello answer = Say(hello.From.Member, hello.Stream, verdict);
        if (verdict != HelloVerdict.Accepted)
        {
            Refuse(connection, answer, hello.From, verdict, reason);
            return;
        }

        if (hello.Stream == PeerStream.Rejoin)
        {
            HearRejoin(connection, hello, answer);
            return;
        }

        // It would count this member among those that a first election waits for, as the voter that it says it is not any more.
        if (IsAsking && hello.Known == LogIndex.Zero)
        {
            Refuse(connection, answer, hello.From, HelloVerdict.NothingToRejoin, "this member asks to be taken back, and no cluster has begun there");
            return;
        }

        if (peers.Receive(hello.From.Member) is not { } peer)
        {
            const string NoRoom = "no configuration names it, and others like it have taken all places";
            if (!toldOfGuests)
                observer.NotAccepted($"{hello.From}: {NoRoom}");
            toldOfGuests = true;
            connection.Close(NoRoom);
            return;
        }

        toldOfGuests = false;
        StreamLink link = peer.For(hello.Stream);
        EndFormerLives(hello.From);
        link.Accepted?.Close("the peer opened a new stream");
        link.Accepted = connection;
        Welcome(connection, link, hello);
        connection.Queue(answer);
        connection.IsDirty = true;
        // It lives, so what we dial will succeed.
        if (link.Dialed is null)
            link.DialNow(Now);
    }

    /// <summary>A new instance of a member asks to take the old one's place.</summary>
    private void HearRejoin(Connection connection, Hello hello, Hello answer)
    {
        if (connections.Exists(c => c is { IsOpen: true, Other: { } old } && old.Member == hello.From.Member && old.Instance != hello.From.Instance))
        {
            Refuse(connection, answer, hello.From, HelloVerdict.ForeignInstance, "it asks to take the place of an instance that is linked: one of the two must stop");
            return;
        }

        // Before the first leader has bound instances there is none to replace, and the first election needs every member as it is.
        if (configured && admission.Instances.InForce.Index == LogIndex.Zero)
        {
            Refuse(connection, answer, hello.From, HelloVerdict.NothingToRejoin, "it asks to be taken back, and no cluster has begun here");
            HasNoCluster(hello.From.Member);
            return;
        }

        events.RejoinAsked(hello.From.Member, hello.From.Instance);
        Answer(connection, answer, "it was heard");
    }

    /// <summary>
    /// A member knows of no cluster that has begun: it has said so, or it asks itself to be taken back. Once that is all of them, this one asks in vain.
    /// </summary>
    private void HasNoCluster(NodeId member)
    {
        if (!IsAsking)
            return;
        withoutCluster.Add(member);
        if (options.RejoinThrough.All(m => m.Id == options.Self.Member || withoutCluster.Contains(m.Id)))
            observer.NothingToRejoin();
    }

    /// <summary>Whom we dialed has answered.</summary>
    private void Answered(Connection connection, Hello hello)
    {
        StreamLink link = connection.Link!;
        if (hello.Verdict != HelloVerdict.Accepted)
        {
            Tell(connection, hello.From, false, hello.Verdict, InWords(hello));
            connection.Close("the peer refused us");
            if (hello.Verdict == HelloVerdict.NothingToRejoin)
                HasNoCluster(link.Peer.Id);
            return;
        }

        HelloVerdict verdict = admission.Judge(hello, link.Peer.Id, out string reason);
        if (verdict != HelloVerdict.Accepted)
        {
            Tell(connection, hello.From, true, verdict, reason);
            connection.Close(reason);
            return;
        }

        if (link.Stream == PeerStream.Rejoin)
        {
            connection.WasRefused = true; // it will be some time until it is taken back: no reason to ask again at once
            connection.Close("it was heard");
            return;
        }

        EndFormerLives(hello.From);
        Welcome(connection, link, hello);
    }

    private Hello Say(NodeId to, PeerStream stream, HelloVerdict verdict) =>
        new(options.Self, to, stream, admission.Instances.InForce.Index, verdict);

    private void Welcome(Connection connection, StreamLink link, Hello hello)
    {
        PeerIdentity other = hello.From;
        admission.Remember(other);
        refusals.Welcome(other);
        connection.Open(link, other, hello.Known, Now);
        link.Peer.ToldUnreachable = false;
        link.Peer.Counters.SetActive(link.Peer.Messages.Best is not null);
        observer.Linked(new PeerLinked(other, link.Stream, connection.Remote, connection.Dialed));
    }

    // A newer start, or another instance that the configuration leaves open: what the former one opened is dead or a copy.
    private void EndFormerLives(PeerIdentity other)
    {
        foreach (Connection connection in connections)
        {
            if (connection is { IsOpen: true, Other: { } former } && former.Member == other.Member && former != other)
                connection.Close("the peer started anew");
        }
    }

    private void Refuse(Connection connection, Hello answer, PeerIdentity other, HelloVerdict verdict, string reason)
    {
        Tell(connection, other, true, verdict, reason);
        Answer(connection, answer with { Verdict = verdict }, reason);
    }

    private static void Answer(Connection connection, Hello answer, string reason)
    {
        connection.Queue(answer);
        connection.Refuse(reason);
        connection.IsDirty = true;
    }

    private void Tell(Connection connection, PeerIdentity? other, bool byUs, HelloVerdict verdict, string reason)
    {
        connection.WasRefused = true;
        NodeId expected = connection.Link?.Peer.Id ?? NodeId.None;
        refusals.Tell(new PeerRefused(options.Self, expected, other, connection.Remote, byUs, verdict, reason));
    }

    private string InWords(Hello refusal) => refusal.Verdict switch
    {
        HelloVerdict.WrongVersion => "it speaks another version of the peer protocol",
        HelloVerdict.WrongCluster => "it belongs to another cluster",
        HelloVerdict.WrongMember => "it is not the member that we look for",
        HelloVerdict.WrongEngine => admission.InWords(refusal.From),
        HelloVerdict.ForeignInstance => "its configuration names another instance of this member",
        HelloVerdict.StaleStart => "it has seen a later start of our data directory",
        HelloVerdict.CopiedStart => "it has seen another process start from our data directory",
        HelloVerdict.NothingToRejoin => "one of us asks to be taken back, and no cluster has begun",
        HelloVerdict.Accepted or HelloVerdict.NotAHello => "no reason given",
    };

    private void DialIfDue(StreamLink link)
    {
        if (!link.WantsDial || Now < link.DialAt)
            return;
        EndPoint at = link.NextAddress();
        if (at is DnsEndPoint name)
        {
            link.Resolving = true;
            dialer.Resolve(link, name);
        }
        else
        {
            Begin(link, at, Dialer.Spell(at));
        }
    }

    private void Begin(StreamLink link, EndPoint at, string remote)
    {
        if (Dialer.Begin(at, out string cause) is not { } socket)
        {
            DialFailed(link, remote, cause);
            return;
        }

        link.Dialed = new Connection(socket, link, remote, this, options, pool, Now);
        connections.Add(link.Dialed);
    }

    private void DialFailed(StreamLink link, string remote, string cause)
    {
        link.DialLater(Now, refused: false, prng);
        if (link.Peer.ToldUnreachable || link.Peer.Messages.Best is not null)
            return;
        link.Peer.ToldUnreachable = true;
        observer.Unreachable(new PeerUnreachable(link.Peer.Id, remote, cause));
    }

    /// <summary>A connection has closed.</summary>
    /// <returns>Whether the loop was told.</returns>
    private bool Ended(Connection connection)
    {
        if (connection.Link is not { } link)
            return false;
        bool wasOpen = connection.Other is not null;
        if (ReferenceEquals(link.Accepted, connection))
            link.Accepted = null;
        if (ReferenceEquals(link.Dialed, connection))
        {
            link.Dialed = null;
            Redial(link, connection, wasOpen);
        }

        link.Peer.Counters.SetActive(link.Peer.Messages.Best is not null);
        if (wasOpen)
            observer.Unlinked(new PeerUnlinked(connection.Other!, link.Stream, connection.Remote, connection.Cause));
        if (!ReferenceEquals(link.CarriesSnapshot, connection))
            return false;
        link.CarriesSnapshot = null;
        link.RoomOwed = true;
        events.SnapshotBroken(link.Peer.Id);
        return true;
    }

    private void Redial(StreamLink link, Connection connection, bool wasOpen)
    {
        // Open for a while: the peer was well, so the first retry is quick. Else waits grow, also where streams open only to close.
        if (wasOpen && Now - connection.BegunAt >= options.BackOffMax)
            link.DialNow(Now);
        if (wasOpen || connection.WasRefused)
            link.DialLater(Now, connection.WasRefused, prng);
        else
            DialFailed(link, connection.Remote, connection.Cause);
    }
}
