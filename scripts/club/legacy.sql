-- THE OWL & DICE GAME CLUB -- members' database
--
-- kept by hand, please write down what you change:
--   2009-10-04  tk   first version, moved over from the card index
--   2011-03-12  tk   person_campaign: one person joins many campaigns. The key
--                    is person + campaign, nobody needs another number for it
--   2013-01-20  mb   evening, xp (we did this on paper until now)
--   2016-06-02  mb   UTF-8 at last, names are now spelt the way people spell them
--   2019-09-15  so   role 'scribe', Friday round asked for it
--   2024-01-08  so   session_log, so that nobody asks again who owes whom 40 gold.
--                    Whoever writes it has to play in that campaign
--
-- load it with:   sqlite3 club.sqlite3 < legacy.sql

PRAGMA foreign_keys = ON;

BEGIN;

-- PEOPLE ------------------------------------------------------------------

CREATE TABLE person (
    id            integer      NOT NULL PRIMARY KEY AUTOINCREMENT,
    name          varchar(80)  NOT NULL,
    email         varchar(120)     NULL UNIQUE,
    member_since  date         NOT NULL
);

-- CAMPAIGNS ---------------------------------------------------------------

CREATE TABLE campaign (
    id         integer      NOT NULL PRIMARY KEY AUTOINCREMENT,
    title      varchar(80)  NOT NULL UNIQUE,
    rules      varchar(40)  NOT NULL,
    evening    varchar(10)  NOT NULL,
    started    date         NOT NULL,
    ended      date             NULL,          -- NULL = still running
    master_id  integer      NOT NULL,          -- who runs it
    FOREIGN KEY (master_id) REFERENCES person (id)
);

-- WHO PLAYS WHAT ----------------------------------------------------------

CREATE TABLE person_campaign (
    person_id       integer           NOT NULL,
    campaign_id     integer           NOT NULL,
    role            varchar(12)       NOT NULL DEFAULT 'player'
                    CHECK (role IN ('player', 'scribe', 'guest')),
    character_name  varchar(60)           NULL,   -- guests often have none
    joined          date              NOT NULL,
    xp              integer unsigned  NOT NULL DEFAULT 0 CHECK (xp >= 0),
    notes           text                  NULL,
    PRIMARY KEY (person_id, campaign_id),
    FOREIGN KEY (person_id)   REFERENCES person (id),
    FOREIGN KEY (campaign_id) REFERENCES campaign (id)
);

CREATE INDEX person_campaign_campaign ON person_campaign (campaign_id);

-- WHAT HAPPENED -----------------------------------------------------------

CREATE TABLE session_log (
    campaign_id  integer      NOT NULL,
    session_no   integer      NOT NULL,
    played       date         NOT NULL,
    person_id    integer      NOT NULL,          -- who wrote it
    title        varchar(80)  NOT NULL,
    diary        text             NULL,
    PRIMARY KEY (campaign_id, session_no),
    FOREIGN KEY (campaign_id) REFERENCES campaign (id),
    FOREIGN KEY (person_id, campaign_id)
        REFERENCES person_campaign (person_id, campaign_id)
);

CREATE INDEX session_log_writer ON session_log (person_id, campaign_id);

-- the rows ----------------------------------------------------------------

INSERT INTO person (id, name, email, member_since) VALUES
    ( 1, 'Tilda Kowalczyk',           'tilda@owl-and-dice.example',   '2009-10-04'),
    ( 2, 'Máire O''Brien',            'maire@owl-and-dice.example',   '2009-10-04'),
    ( 3, 'Samuel Oyelaran, Jr.',      'sam@owl-and-dice.example',     '2010-02-19'),
    ( 4, 'Ирина Соколова',            'irina@owl-and-dice.example',   '2011-03-12'),
    ( 5, '佐藤 美咲',                 'misaki@owl-and-dice.example',  '2012-09-01'),
    ( 6, 'Łukasz Żak',                NULL,                           '2013-01-20'),
    ( 7, 'נועם לוי',                  'noam@owl-and-dice.example',    '2014-05-30'),
    ( 8, 'Σοφία Παππά',               'sofia@owl-and-dice.example',   '2015-11-08'),
    ( 9, 'Jean-Luc d''Aubigné',       'jl@owl-and-dice.example',      '2016-06-02'),
    (10, 'मीरा शर्मा',                   'meera@owl-and-dice.example',   '2018-01-14'),
    (11, 'Nguyễn Thị Hạnh',           NULL,                           '2019-09-15'),
    (12, 'Bo',                        'bo@owl-and-dice.example',      '2021-04-23');

INSERT INTO campaign (id, title, rules, evening, started, ended, master_id) VALUES
    (1, 'The Drowned Crown',                      'Fifth edition',      'Monday',   '2018-01-15', NULL,         1),
    (2, 'Salt, Smoke & Silver',                   'Age of sail, homebrew', 'Friday', '2019-09-20', NULL,        8),
    (3, 'Murder at Hexham''s Folly',              'Percentile dice',    'Wednesday', '2021-10-06', NULL,        2),
    (4, 'Зимний Двор',                            'Storytelling',       'Sunday',   '2014-11-02', '2017-05-28', 4),
    (5, 'One Hundred Lanterns 百の灯籠',          'Fifth edition',      'Saturday', '2023-02-04', NULL,         5);

INSERT INTO person_campaign
    (person_id, campaign_id, role, character_name, joined, xp, notes) VALUES
    ( 2, 1, 'player', 'Sister Quill',              '2018-01-15', 14200, NULL),
    ( 3, 1, 'player', 'Baron Octavian, the Lesser', '2018-01-15', 13950, 'Owes Sister Quill 40 gold. Says he does not.'),
    ( 6, 1, 'scribe', 'Grzmot',                    '2018-02-05', 12800, 'Keeps the campaign diary.'),
    (10, 1, 'player', 'चाँदनी',                      '2019-06-17',  9100, NULL),
    (12, 1, 'guest',  NULL,                        '2024-03-11',     0, 'Came along to watch, stayed for the owlbear.'),
    ( 1, 2, 'player', 'Captain "Wet Powder" Hale', '2019-09-20',  7400, NULL),
    ( 4, 2, 'player', 'Боцман Груша',              '2019-09-20',  7650, 'Lost an eye in session 31; the left one.'),
    ( 9, 2, 'scribe', 'Père L''Écume',             '2019-10-04',  7000, NULL),
    (11, 2, 'player', 'Én Biển',                   '2020-01-10',  5200, NULL),
    ( 3, 3, 'player', 'Prof. Ada Thwaite',         '2021-10-06',   640, 'Sanity: 31. Please be gentle.'),
    ( 5, 3, 'player', 'Inspector Mori',            '2021-10-06',   700, NULL),
    ( 7, 3, 'player', 'ד"ר אביגיל שטרן',           '2021-10-13',   655, NULL),
    ( 8, 3, 'guest',  NULL,                        '2023-11-01',    20, 'Plays the butlers. All of them.'),
    ( 2, 4, 'player', 'Lady Rime',                 '2014-11-02', 11000, NULL),
    ( 6, 4, 'player', 'Mróz',                      '2014-11-02', 10400, NULL),
    ( 7, 4, 'scribe', 'שלג',                       '2014-12-07',  9900, NULL),
    ( 1, 5, 'player', 'Ember-in-the-Reeds',        '2023-02-04',  3100, NULL),
    ( 4, 5, 'player', 'Лиса, у которой нет тени',  '2023-02-04',  3300, NULL),
    (10, 5, 'player', 'Diya',                      '2023-02-18',  2950, NULL),
    (12, 5, 'player', 'B.',                        '2024-09-07',   800, 'First character of his own!');

INSERT INTO session_log
    (campaign_id, session_no, played, person_id, title, diary) VALUES
    (1, 112, '2024-01-15',  6, 'The bell under the ice',       'Three rounds of arguing about the rope. We did not buy the rope.'),
    (1, 113, '2024-01-22',  6, 'No rope',                      NULL),
    (1, 114, '2024-03-11',  2, 'A guest, and an owlbear',      'Bo''s first evening. Grzmot was ill, so Sister Quill writes.'),
    (2,  98, '2024-01-19',  9, 'Brouillard, poudre & rhum',    'Le brouillard se lève à minuit.'),
    (2,  99, '2024-02-02',  4, 'Левый глаз',                   'Нашёлся.'),
    (3,  41, '2024-01-10',  7, 'The butler''s alibi',          NULL),
    (3,  42, '2024-01-24',  3, 'The other butler''s alibi',    'Sanity: 30.'),
    (4,  61, '2017-05-28',  7, 'סוף החורף',                    'The last evening.'),
    (5,  11, '2024-02-10',  1, 'Lantern 11: 水',               'A hundred minus eleven to go.'),
    (5,  12, '2024-09-07', 12, 'Lantern 12: "First light"',    'I wrote this one!');

COMMIT;
