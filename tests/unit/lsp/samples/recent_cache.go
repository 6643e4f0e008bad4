// Package recent keeps what was used last.
package recent

import (
	"container/list"
	"fmt"
	clock "time"
)

const smallest = 8

var now = clock.Now

type entry[K comparable, V any] struct {
	key   K
	value V
	used  clock.Time
}

// Cache forgets what has not been used for the longest time.
type Cache[K comparable, V any] struct {
	room   int
	order  *list.List
	places map[K]*list.Element
}

type Visitor interface {
	Visit(key string) bool
}

func New[K comparable, V any](room int) *Cache[K, V] {
	if room < smallest {
		room = smallest
	}
	return &Cache[K, V]{room: room, order: list.New(), places: map[K]*list.Element{}}
}

func (cache *Cache[K, V]) Get(key K) (value V, found bool) {
	place, found := cache.places[key]
	if !found {
		return value, false
	}
	cache.order.MoveToFront(place)
	held := place.Value.(*entry[K, V])
	held.used = now()
	return held.value, true
}

func (cache *Cache[K, V]) Put(key K, value V) error {
	if cache.room <= 0 {
		return fmt.Errorf("no room for %v: `%s`", key, "none")
	}
	for cache.order.Len() >= cache.room {
		last := cache.order.Back()
		delete(cache.places, cache.order.Remove(last).(*entry[K, V]).key)
	}
	cache.places[key] = cache.order.PushFront(&entry[K, V]{key, value, now()})
	return nil
}

func (cache *Cache[K, V]) Each(visit func(K, V)) {
	for place := cache.order.Front(); place != nil; place = place.Next() {
		switch held := place.Value.(type) {
		case *entry[K, V]:
			visit(held.key, held.value)
		default:
			panic(`not an entry`)
		}
	}
}
