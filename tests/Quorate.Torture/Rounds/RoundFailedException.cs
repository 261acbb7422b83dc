namespace Quorate.Torture;

/// <summary>A round has found something; the message says what.</summary>
internal sealed class RoundFailedException(string message) : Exception(message);
