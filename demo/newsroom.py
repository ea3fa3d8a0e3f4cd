"""What each demo site shows at the present edition: stories with their dates, in the order of publication."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from demo.clock import Clock
from demo.content import Body, Kind, Story
from demo.faults import Fault, faults_of

SPACING = timedelta(minutes=4)
"""The articles of a new edition were published one after the other, the last at the moment of the move."""


@dataclass(frozen=True, slots=True)
class Post:
    """A story as it stands at an edition. Times are aware, in WIB, to the minute.

    `version` is the edition since which this text stands; `edited` says that it is not the story's first text.
    """

    story: Story
    body: Body
    published: datetime
    modified: datetime
    version: int
    fault: Fault | None = None

    @property
    def edited(self) -> bool:
        return self.version > self.story.edition

    @property
    def is_article(self) -> bool:
        return self.fault is None and self.story.kind is Kind.ARTICLE


class Newsroom:
    """All sites' posts at the clock's edition."""

    def __init__(self, stories: Mapping[tuple[str, str], Story], clock: Clock, *, faults: bool) -> None:
        self.clock = clock
        self._stories = tuple(stories.values())
        self._with_faults = faults
        self._shown: tuple[int, Mapping[str, tuple[Post, ...]]] = (0, {})

    @cached_property
    def faults(self) -> tuple[Fault, ...]:
        if not self._with_faults:
            return ()
        sections = {story.site: story.section for story in self._stories}
        return tuple(fault for site, section in sections.items() for fault in faults_of(site, section))

    def posts(self, site: str) -> tuple[Post, ...]:
        """A site's posts at the present edition, faults among them, the newest first."""
        edition, posts = self._shown
        if edition != self.clock.edition:
            posts = self._posts(self.clock.edition)
            self._shown = (self.clock.edition, posts)
        return posts.get(site, ())

    def changed(self, site: str) -> datetime:
        """When a site last published or changed anything, to the second.

        The minutes that articles bear would hide a change from those who asked in that minute.
        """
        return max(self.clock.moved, *(post.modified for post in self.posts(site)))

    def _posts(self, edition: int) -> Mapping[str, tuple[Post, ...]]:
        shown = [self._post(story, edition) for story in self._stories if story.edition <= edition]
        shown += [_fault_post(fault, self.clock.epoch) for fault in self.faults]
        shown.sort(key=lambda post: (post.published, post.story.slug), reverse=True)
        return {
            site: tuple(post for post in shown if post.story.site == site) for site in {s.site for s in self._stories}
        }

    def _post(self, story: Story, edition: int) -> Post:
        since, body = story.body(edition)
        began = self.clock.began(story.edition)
        published = began - (self._place(story) * SPACING if story.age is None else timedelta(minutes=story.age))
        if since > story.edition:
            return Post(story, body, published, self.clock.began(since), since)
        # Editors touch many articles within minutes: a reader of dates must not take the one for the other.
        touched = min(published + timedelta(minutes=6 * story.draw("touched", 3)), began)
        return Post(story, body, published, touched, since)

    def _place(self, story: Story) -> int:
        """How many stories of its site and edition appear after it."""
        siblings = sorted(s.slug for s in self._stories if (s.site, s.edition) == (story.site, story.edition))
        return siblings.index(story.slug)


def _fault_post(fault: Fault, epoch: datetime) -> Post:
    published = epoch - timedelta(minutes=fault.story.age or 0)
    return Post(fault.story, fault.story.body(1)[1], published, published, 1, fault)
