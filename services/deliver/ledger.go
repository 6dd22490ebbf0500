package deliver

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"carillon.example/pkg/bus"
	"carillon.example/pkg/event"
)

// page is an item's last step in the ledger, and the sequence that locks it.
type page struct {
	delivery *event.Delivery // nil: none yet
	sequence uint64
}

// errUnreadable says that a message of the log cannot be used as it stands. Trying again at once does not help; a later
// version may read it.
var errUnreadable = errors.New("cannot be read")

type ledger struct{ bus *bus.Bus }

func (l ledger) read(ctx context.Context, item event.Item) (page, error) {
	m, err := l.bus.Last(ctx, item.LedgerSubject())
	if errors.Is(err, bus.ErrNotFound) {
		return page{}, nil
	}
	if err != nil {
		return page{}, err
	}
	d, err := event.UnmarshalDelivery(m.Data)
	if err != nil {
		return page{}, fmt.Errorf("%w: the ledger at %d: %w", errUnreadable, m.Sequence, err)
	}
	return page{d, m.Sequence}, nil
}

// write adds a step after the one that was read. bus.ErrConflict: another replica was first.
func (l ledger) write(ctx context.Context, item event.Item, after page, d *event.Delivery) (page, error) {
	data, err := event.MarshalDelivery(d)
	if err != nil {
		return page{}, err
	}
	sequence, err := l.bus.Publish(ctx, bus.Publication{
		Subject: item.LedgerSubject(), Data: data, ID: uuid.Must(uuid.NewV7()).String(), Expect: &after.sequence,
	})
	if err != nil {
		return page{}, err
	}
	return page{d, sequence}, nil
}
