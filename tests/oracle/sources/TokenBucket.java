package limits;

import java.time.Clock;
import java.time.Duration;
import java.util.Objects;

/** Limits how often something may happen: each permit costs a token, and tokens flow in steadily. */
public final class TokenBucket {
    private final Clock clock;
    private final long capacity;
    private final double tokensPerMilli;
    private double available;
    private long lastRefill;

    public TokenBucket(Clock clock, long capacity, Duration refillPeriod) {
        if (capacity <= 0) {
            throw new IllegalArgumentException("The capacity must be positive: " + capacity);
        }
        this.clock = Objects.requireNonNull(clock);
        this.capacity = capacity;
        this.tokensPerMilli = (double) capacity / refillPeriod.toMillis();
        this.available = capacity;
        this.lastRefill = clock.millis();
    }

    /** Takes the permits if the bucket holds enough tokens. Never waits. */
    public synchronized boolean tryAcquire(long permits) {
        refill();
        if (permits > available) {
            return false;
        }
        available -= permits;
        return true;
    }

    /** How long a caller has to wait until the permits could be granted. */
    public synchronized Duration timeUntil(long permits) {
        refill();
        double missing = Math.max(0, permits - available);
        return Duration.ofMillis((long) Math.ceil(missing / tokensPerMilli));
    }

    private void refill() {
        long now = clock.millis();
        double gained = (now - lastRefill) * tokensPerMilli;
        available = Math.min(capacity, available + gained);
        lastRefill = now;
    }
}
